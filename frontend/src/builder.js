// The order of a questionnaire: questions are dragged, and move by their buttons without losing the focus.
// Without this file the buttons post by themselves and the grips stay hidden.
//
// Each move posts and is answered with the page as it stands then; its parts marked data-builder take the
// place of those here, so that numbers, conditions and refusals are the server's.
import Sortable from "sortablejs";

const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
let sending = false;

/** Null where the answer is another page, such as the one to sign in. */
async function send(url, fields) {
  const response = await fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: JSON.parse(document.body.dataset.hxHeaders),
  });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelector("[data-builder]") ? page : null;
}

/** The page as it stands now. What was refused is said above the question, where its menu hides nothing. */
function show(page, id) {
  for (const old of document.querySelectorAll("[data-builder]")) {
    const fresh = page.getElementById(old.id);
    if (fresh) old.replaceWith(fresh);
  }
  document.querySelectorAll("main > [role=alert]").forEach((old) => old.remove());
  const moved = document.getElementById(id);
  const refusals = page.querySelectorAll("main > [role=alert]");
  moved?.prepend(...refusals);
  document.querySelector("[data-builder-says]").textContent = refusals.length ? "" : (moved?.dataset.says ?? "");
  makeSortable();
  return moved;
}

/** The question as it stands now, after a move to there; null where it was not sent. */
async function move(question, url, fields) {
  if (sending) return null;
  sending = true;
  question.setAttribute("aria-busy", "true");
  try {
    const page = await send(url, fields);
    if (!page) {
      location.reload();
      return null;
    }
    return show(page, question.id);
  } catch {
    // Nobody answered: what is true is what the server has.
    location.reload();
    return null;
  } finally {
    sending = false;
  }
}

async function moveByButton(event) {
  const form = event.target;
  if (!form.matches("[data-builder-move]")) return;
  event.preventDefault();
  const moved = await move(form.closest("[data-builder-question]"), form.action, {});
  if (!moved) return;
  moved.querySelector("[data-menu]").open = true;
  moved.querySelector(`[data-builder-move="${form.dataset.builderMove}"] button`).focus();
}

function moveByDrag({ item, from, to, oldDraggableIndex: before, newDraggableIndex: after }) {
  if (from === to && before === after) return;
  move(item, item.dataset.builderQuestion, { section: to.dataset.builderPart, place: after + 1 });
}

function makeSortable() {
  for (const grip of document.querySelectorAll("[data-builder-grip]")) grip.hidden = false;
  for (const part of document.querySelectorAll("[data-builder-part]")) {
    Sortable.create(part, {
      group: "questions",
      handle: "[data-builder-grip]",
      draggable: "[data-builder-question]",
      animation: still ? 0 : 150,
      // Alike for mouse, pen and finger.
      forceFallback: true,
      fallbackTolerance: 4,
      ghostClass: "is-held",
      fallbackClass: "is-dragged",
      onStart: closeMenus,
      onEnd: moveByDrag,
    });
  }
}

function closeMenus() {
  for (const menu of document.querySelectorAll("[data-menu][open]")) menu.open = false;
}

/** Marks of earlier answers are put where the cursor was last, in the question or its hint. */
function offerMarks() {
  const fields = document.querySelectorAll("#id_text, #id_help");
  let last = fields[0];
  for (const field of fields) field.addEventListener("focus", () => (last = field));
  for (const button of document.querySelectorAll("[data-builder-insert]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      last.focus();
      last.setRangeText(button.dataset.builderInsert, last.selectionStart, last.selectionEnd, "end");
    });
  }
}

// Before app.js, which would show the button busy.
document.addEventListener("submit", moveByButton, { capture: true });
makeSortable();
offerMarks();
