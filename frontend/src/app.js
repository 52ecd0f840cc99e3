// Every page works without this file; it makes some of them pleasant.
import "htmx.org";

const TOAST_MILLISECONDS = 8000;

/** A toast leaves by itself, but never while somebody reads it: the clock stands still under focus and pointer. */
function keepTime(toast) {
  const close = toast.querySelector("[data-toast-close]");
  let clock;
  const start = () => {
    clearTimeout(clock);
    clock = setTimeout(() => toast.remove(), TOAST_MILLISECONDS);
  };
  const stop = () => clearTimeout(clock);
  if (close) {
    close.hidden = false;
    close.addEventListener("click", () => toast.remove());
  }
  toast.classList.add("is-floating");
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusout", start);
  start();
}

/** Whoever presses a button sees that it heard, and cannot send twice. */
function showBusy(event) {
  const button = event.submitter;
  const form = event.target;
  // A GET may end in a download, which leaves the page as it is.
  if (!button || form.method !== "post" || form.matches("[data-hx-post]") || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  button.setAttribute("aria-busy", "true");
}

/** A page brought back by the browser's Back button is usable again. */
function forgetBusy() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.querySelectorAll("[data-toast]").forEach(keepTime);
document.addEventListener("htmx:load", (event) => event.detail.elt.querySelectorAll?.("[data-toast]").forEach(keepTime));
document.addEventListener("submit", showBusy);
window.addEventListener("pageshow", forgetBusy);
document.addEventListener("click", (event) => closeMenus(event.target.closest("[data-menu]")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("[data-menu][open]");
  closeMenus();
  open?.querySelector("summary").focus();
});
