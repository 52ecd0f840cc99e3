// Questions come and go with the answers before them, and texts repeat what was answered.
//   <fieldset class="cp-q" data-condition='{"every": true, "rules": [...]}'>   see conditions.js
//   <p data-only-if>The condition in words, for whoever has no script</p>
//   <bdi data-pipe="key">…</bdi>
//   <input data-other> the words of the choice with the value "other" in the same fieldset
import { answersTo, wordsFor } from "./answers.js";
import { holds } from "./conditions.js";

const NOTHING = "…";

/** What is hidden is neither sent nor asked for, and fulfils no condition itself. */
function showWhatApplies(form) {
  for (const question of form.querySelectorAll(".cp-q")) {
    const { condition } = question.dataset;
    const applies = !condition || holds(JSON.parse(condition), answersTo(form));
    question.hidden = !applies;
    for (const field of question.querySelectorAll("input, select, textarea")) field.disabled = !applies;
    if (applies) joinOther(question);
  }
}

/** The words belong to the choice: without it they are not sent, and kept on the page. */
function joinOther(question) {
  const words = question.querySelector("[data-other]");
  if (!words) return;
  const choice = question.querySelector("[value='other']");
  words.disabled = words.value !== "" && !choice.checked;
  words.required = choice.checked;
}

function repeatAnswers(form) {
  for (const place of document.querySelectorAll("[data-pipe]")) {
    const words = wordsFor(form, place.dataset.pipe) || NOTHING;
    if (place.textContent !== words) place.textContent = words;
  }
}

/** `changed` is called after each change. */
export function follow(form, changed) {
  const refresh = () => {
    showWhatApplies(form);
    repeatAnswers(form);
    changed();
  };
  for (const words of form.querySelectorAll("[data-only-if]")) words.remove();
  form.addEventListener("input", ({ target }) => {
    if (target.matches("[data-other]") && target.value) {
      target.closest(".cp-q").querySelector("[value='other']").checked = true;
    }
    refresh();
  });
  // The browser may bring back what stood in the fields.
  window.addEventListener("pageshow", refresh);
  showWhatApplies(form);
  repeatAnswers(form);
}
