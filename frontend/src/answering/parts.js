// One part of the questionnaire after the other. A part whose questions are all hidden is passed over.
import { isWrong } from "./answers.js";
import { complainOf, openRankings } from "./ranking.js";

const hasQuestions = (section) => {
  const questions = [...section.querySelectorAll(".cp-q")];
  return !questions.length || questions.some((question) => !question.hidden);
};
const fieldsIn = (section) => [...section.querySelectorAll("input, select, textarea")];
const inOrder = (a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);

/** Returns what to call when questions came or went. */
export function stepThrough(form) {
  const all = [...form.querySelectorAll("[data-answer-section]")];
  const back = form.querySelector("[data-answer-back]");
  const next = form.querySelector("[data-answer-next]");
  const send = form.querySelector("[data-answer-send]");
  const progress = document.querySelector("[data-answer-progress]");
  const words = progress?.querySelector("[data-answer-part]");
  let current = all[0];

  const parts = () => all.filter(hasQuestions);
  const beside = (steps) => parts()[parts().indexOf(current) + steps];

  const refresh = () => {
    const shown = parts();
    const at = shown.indexOf(current);
    all.forEach((section) => (section.hidden = section !== current));
    back.hidden = at <= 0;
    next.hidden = at === shown.length - 1;
    send.hidden = at !== shown.length - 1;
    if (!progress) return;
    progress.hidden = shown.length < 2;
    const said = progress.dataset.part.replace("{part}", at + 1).replace("{parts}", shown.length);
    // Written only where it changed: it is read aloud each time.
    if (words.textContent !== said) words.textContent = said;
    const steps = progress.querySelector("ol");
    if (steps.children.length !== shown.length) {
      steps.replaceChildren(...shown.map(() => document.createElement("li")));
    }
    [...steps.children].forEach((step, number) => step.classList.toggle("is-done", number <= at));
  };

  const show = (section, { focus = true } = {}) => {
    current = section;
    refresh();
    if (!focus) return;
    const heading = section.querySelector("h1, h2, h3") ?? section;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    (progress ?? heading).scrollIntoView({ block: "start" });
  };

  /** The browser cannot point at a field in a part that is not shown, so the part comes first. */
  const complain = (section) => {
    fieldsIn(section).forEach((one) => one.setCustomValidity(isWrong(one) ? one.dataset.wrong : ""));
    const wrong = fieldsIn(section).filter((one) => !one.checkValidity());
    const [first] = [...wrong, ...openRankings(section)].sort(inOrder);
    if (!first) return false;
    if (section !== current) show(section, { focus: false });
    const missing = form.dataset.missing ?? "";
    if (!first.validity || "rank" in first.dataset) {
      complainOf(first, missing);
      return true;
    }
    // In the page's language, which need not be the browser's.
    if (first.validity.valueMissing) first.setCustomValidity(missing);
    else if (first.dataset.wrong) first.setCustomValidity(first.dataset.wrong);
    first.reportValidity();
    return true;
  };

  const showTarget = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const section = target && target.closest("[data-answer-section]");
    if (!section || section === current || !parts().includes(section)) return;
    show(section, { focus: false });
    target.focus();
    target.scrollIntoView({ block: "center" });
  };

  form.noValidate = true;
  back.addEventListener("click", () => show(beside(-1)));
  next.addEventListener("click", () => complain(current) || show(beside(1)));
  // Enter in a field presses the button that sends; before the last part it means "continue".
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input") || next.hidden) return;
    event.preventDefault();
    next.click();
  });
  form.addEventListener("submit", (event) => {
    // The same page in another language: nothing is sent for good yet.
    if (event.submitter?.formNoValidate) return;
    if (parts().some(complain)) {
      event.preventDefault();
      return;
    }
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "true";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  });
  window.addEventListener("hashchange", showTarget);
  show(parts().find((section) => section.querySelector("[aria-invalid='true'], .cp-error")) ?? parts()[0] ?? all[0], {
    focus: false,
  });
  showTarget();
  return refresh;
}
