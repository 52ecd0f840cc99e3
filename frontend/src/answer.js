// The answering page, part by part. Without this file all parts stand below each other and nothing is kept.
//
// What the page brings:
//   <form data-answer data-missing="Words" data-draft="a key">    data-draft left out: no draft at all
//     <div data-answer-progress data-part="Part {part} of {parts}" hidden>
//       <span data-answer-part role="status"></span><ol class="cp-steps" aria-hidden="true"></ol></div>
//     <section data-answer-section><h2>...</h2> questions </section>   (any number)
//     <button type="button" data-answer-back hidden>, <button type="button" data-answer-next hidden>
//     <div data-answer-send> what belongs to the last part only: the button that sends </div>
//     <label data-answer-shared hidden><input type="checkbox"> I share this device</label>
//
// A draft stays in this browser: never sent, forgotten when the answers have arrived, after 30 days, or when
// somebody says that the device is shared. Pages that say "arrived" or "closed" name it:
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

function keepDraft(form) {
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
  // A page the server sent back with its answers in it knows better than an older draft.
  const draft = storage.getItem(key);
  if (draft && !isShared() && readAnswers(form).length === 0) fillAnswers(form, JSON.parse(draft).answers);

  form.addEventListener("input", () => {
    clearTimeout(clock);
    clock = setTimeout(save, 300);
  });
  // Sending may fail on the way; the page that follows forgets the draft.
  form.addEventListener("submit", save);
}

function stepThrough(form) {
  const sections = [...form.querySelectorAll("[data-answer-section]")];
  const back = form.querySelector("[data-answer-back]");
  const next = form.querySelector("[data-answer-next]");
  const send = form.querySelector("[data-answer-send]");
  const progress = document.querySelector("[data-answer-progress]");
  const fieldsIn = (section) => [...section.querySelectorAll("input, select, textarea")];
  let current = 0;

  const show = (index, { focus = true } = {}) => {
    current = index;
    sections.forEach((section, at) => (section.hidden = at !== index));
    back.hidden = index === 0;
    next.hidden = index === sections.length - 1;
    send.hidden = index !== sections.length - 1;
    if (progress) {
      progress.querySelector("[data-answer-part]").textContent = progress.dataset.part
        .replace("{part}", index + 1)
        .replace("{parts}", sections.length);
      [...progress.querySelector("ol").children].forEach((step, at) => step.classList.toggle("is-done", at <= index));
    }
    if (!focus) return;
    const heading = sections[index].querySelector("h1, h2, h3") ?? sections[index];
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    (progress ?? heading).scrollIntoView({ block: "start" });
  };

  /** The browser cannot point at a field in a part that is not shown, so the part comes first. */
  const complain = (section) => {
    fieldsIn(section).forEach((one) => one.setCustomValidity(""));
    const field = fieldsIn(section).find((one) => !one.checkValidity());
    if (!field) return false;
    if (section.hidden) show(sections.indexOf(section), { focus: false });
    // In the page's language, which need not be the browser's.
    if (field.validity.valueMissing) field.setCustomValidity(form.dataset.missing ?? "");
    field.reportValidity();
    return true;
  };

  const showTarget = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const section = target && target.closest("[data-answer-section]");
    if (!section || !section.hidden) return;
    show(sections.indexOf(section), { focus: false });
    target.focus();
    target.scrollIntoView({ block: "center" });
  };

  form.noValidate = true;
  if (progress) {
    progress.querySelector("ol").replaceChildren(...sections.map(() => document.createElement("li")));
    progress.hidden = sections.length < 2;
  }
  back.addEventListener("click", () => show(current - 1));
  next.addEventListener("click", () => complain(sections[current]) || show(current + 1));
  // Enter in a field presses the button that sends; before the last part it means "continue".
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input") || current === sections.length - 1) return;
    event.preventDefault();
    next.click();
  });
  form.addEventListener("submit", (event) => {
    // The same page in another language: nothing is sent for good yet.
    if (event.submitter?.formNoValidate) return;
    if (sections.some(complain)) {
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
  const wrong = sections.findIndex((section) => section.querySelector("[aria-invalid='true'], .cp-error"));
  show(Math.max(wrong, 0), { focus: false });
  showTarget();
}

const done = document.querySelector("[data-answer-done]");
if (done && storage) storage.removeItem(DRAFTS + done.dataset.answerDone);

const form = document.querySelector("form[data-answer]");
if (form) {
  stepThrough(form);
  if (form.dataset.draft && storage) keepDraft(form);
}
