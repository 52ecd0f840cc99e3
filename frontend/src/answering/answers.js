// What was answered so far, as the page's fields say it.
import { dayOf, numberOf } from "./conditions.js";

/** The fields of an item: those of `grid.r1` are named `q-grid-r1`. */
const fieldsOf = (form, key) => {
  const name = `q-${key.replace(".", "-")}`;
  return [...form.elements].filter((field) => field.name === name && !field.disabled);
};
const isChosen = (field) => field.type === "radio" || field.type === "checkbox";
const within = (value, least, most) => value !== null && value >= least && value <= most;

/** What one field that is typed into says; empty where nothing good stands in it. */
function typed(field) {
  if (field.dataset.least) {
    const number = numberOf(field.value);
    return within(number, Number(field.dataset.least), Number(field.dataset.most)) ? String(number) : "";
  }
  if (field.min) {
    const day = dayOf(field.value);
    return within(day, field.min, field.max) ? day : "";
  }
  return field.value.normalize("NFC").trim();
}

/** Whether a number or a day is none, or out of its bounds. */
export const isWrong = (field) => Boolean(field.dataset.wrong && field.value.trim() && !typed(field));

/** By key of an item: codes, the number, the day or the words. */
export const answersTo = (form) => (key) =>
  fieldsOf(form, key)
    .filter((field) => !isChosen(field) || field.checked)
    .map((field) => (isChosen(field) ? field.value : typed(field)))
    .filter(Boolean);

/** The same as people read it. */
export function wordsFor(form, key) {
  const day = { dateStyle: "long", timeZone: "UTC" };
  return fieldsOf(form, key)
    .filter((field) => !isChosen(field) || (field.checked && field.value))
    .map((field) => {
      if (isChosen(field)) return inOwnWords(field) || field.closest("label").textContent.trim();
      const said = typed(field);
      return said && field.min ? new Date(said).toLocaleDateString(document.documentElement.lang, day) : said;
    })
    .filter(Boolean)
    .join(", ");
}

const inOwnWords = (field) => {
  const words = field.closest("fieldset")?.querySelector("[data-other]");
  return field.value === "other" && words ? words.value.trim() : "";
};
