// When a question is shown, and how a typed number or day is read: twins of surveys/conditions.py and
// surveys/answers/sheet.py. One table of cases tests both (tests/surveys/condition_cases.json).

const ARABIC = "٠١٢٣٤٥٦٧٨٩";
const PERSIAN = "۰۱۲۳۴۵۶۷۸۹";

/** As Python's casefold tells words apart, or not. */
const fold = (text) =>
  text
    .normalize("NFC")
    .replace(/[^ı]+/g, (part) => part.toLowerCase().toUpperCase().toLowerCase())
    .replaceAll("ς", "σ");

const plainDigits = (text) =>
  [...text]
    .map((letter) => {
      const digit = Math.max(ARABIC.indexOf(letter), PERSIAN.indexOf(letter));
      return digit < 0 ? letter : String(digit);
    })
    .join("")
    .replaceAll("\u2212", "-");

/** A whole number as people write it, also "1 000"; null where it is none. */
export function numberOf(typed) {
  const plain = plainDigits(typed).replace(/[\s'\u2019\u200e\u200f]/g, "");
  return /^-?[0-9]{1,12}$/.test(plain) ? Number(plain) : null;
}

/** A day, year first; null where there is none such. */
export function dayOf(typed) {
  const plain = plainDigits(typed).trim();
  const day = /^(?!0000)\d{4}-\d{2}-\d{2}$/.test(plain) ? new Date(`${plain}T00:00:00Z`) : null;
  return day && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(plain) ? plain : null;
}

/** Numbers as numbers; days, which are written year first, as they stand. */
function reaches(answer, least) {
  const whole = /^\s*[-+]?\d+\s*$/;
  return whole.test(answer) && whole.test(least) ? Number(answer) >= Number(least) : answer >= least;
}

function fulfils(rule, answers) {
  if (!answers.length) return false;
  const wanted = fold(rule.value);
  const same = () => answers.length === 1 && fold(answers[0]) === wanted;
  switch (rule.test) {
    case "is":
      return same();
    case "is_not":
      return !same();
    case "at_least":
      return answers.some((answer) => reaches(answer, rule.value));
    case "includes":
      return answers.includes(rule.value);
    case "contains":
      return answers.some((answer) => fold(answer).includes(wanted));
    default:
      return false;
  }
}

/** `answersTo(key)`: what was answered to an earlier item, an empty list where nothing was. */
export function holds(condition, answersTo) {
  const rules = condition.rules.map((rule) => fulfils(rule, answersTo(rule.key)));
  return condition.every ? rules.every(Boolean) : rules.some(Boolean);
}
