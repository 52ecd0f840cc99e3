// What somebody typed stays in this browser: never sent, forgotten when the answers have arrived, after 30 days,
// or when somebody says that the device is shared. Pages that say "arrived" or "closed" name it:
//   <div data-answer-done="the key">

const DRAFT_DAYS = 30;
const DRAFTS = "portal-draft:";
const SHARED = "portal-shared-device";

/** Storage may be switched off; then there is simply no draft. */
const storage = (() => {
  try {
    localStorage.getItem(SHARED);
    return localStorage;
  } catch {
    return null;
  }
})();

function forgetOldDrafts() {
  const oldest = Date.now() - DRAFT_DAYS * 24 * 60 * 60 * 1000;
  for (const key of Object.keys(storage).filter((name) => name.startsWith(DRAFTS))) {
    let at = 0;
    try {
      at = JSON.parse(storage.getItem(key)).at;
    } catch {
      // Unreadable is as good as old.
    }
    if (!(at > oldest)) storage.removeItem(key);
  }
}

/** What somebody may have typed or chosen: hidden fields carry the page's own tokens. */
function answersOf(form) {
  return [...form.elements].filter((field) => field.name && field.type !== "hidden" && field.type !== "submit");
}

function readAnswers(form) {
  return answersOf(form)
    .filter((field) => (field.type === "radio" || field.type === "checkbox" ? field.checked : field.value !== ""))
    .map((field) => [field.name, field.value]);
}

function fillAnswers(form, pairs) {
  const wanted = new Set(pairs.map((pair) => JSON.stringify(pair)));
  const texts = new Map(pairs);
  for (const field of answersOf(form)) {
    if (field.type === "radio" || field.type === "checkbox") {
      field.checked = wanted.has(JSON.stringify([field.name, field.value]));
    } else if (texts.has(field.name)) {
      field.value = texts.get(field.name);
    }
  }
}

/** Fills the form with what was kept here, and keeps what is typed from now on. */
export function keepDraft(form) {
  if (!form.dataset.draft || !storage) return;
  const key = DRAFTS + form.dataset.draft;
  const shared = form.querySelector("[data-answer-shared] input");
  const isShared = () => storage.getItem(SHARED) === "1";
  let clock;

  const save = () => {
    clearTimeout(clock);
    if (isShared()) return;
    storage.setItem(key, JSON.stringify({ at: Date.now(), answers: readAnswers(form) }));
  };
  const forget = () => {
    clearTimeout(clock);
    storage.removeItem(key);
  };

  forgetOldDrafts();
  if (shared) {
    shared.checked = isShared();
    shared.closest("[data-answer-shared]").hidden = false;
    shared.addEventListener("change", () => {
      if (shared.checked) {
        storage.setItem(SHARED, "1");
        forget();
      } else {
        storage.removeItem(SHARED);
        save();
      }
    });
  }
  // A page the server sent back with its answers in it knows better than an older draft. What a link in the
  // mail chose beforehand is the newest answer of all, and the only one such a page brings.
  const draft = storage.getItem(key);
  const brought = readAnswers(form);
  if (draft && !isShared() && ("picked" in form.dataset || brought.length === 0)) {
    const names = new Set(brought.map(([name]) => name));
    const kept = JSON.parse(draft).answers.filter(([name]) => !names.has(name));
    fillAnswers(form, [...kept, ...brought]);
  }

  form.addEventListener("input", () => {
    clearTimeout(clock);
    clock = setTimeout(save, 300);
  });
  // Sending may fail on the way; the page that follows forgets the draft.
  form.addEventListener("submit", save);
}

/** There is nothing left to send. */
export function forgetDraft(key) {
  storage?.removeItem(DRAFTS + key);
}
