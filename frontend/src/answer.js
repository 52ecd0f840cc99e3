// The answering page, part by part. Without this file all parts stand below each other, each question says when
// it is meant, and nothing is kept.
//
// What the page brings:
//   <form data-answer data-missing="Words" data-draft="a key">    data-draft left out: no draft at all
//     (data-picked: its only answer was chosen by a link in the mail)
//     <div data-answer-progress data-part="Part {part} of {parts}" hidden>
//       <span data-answer-part role="status"></span><ol class="cp-steps" aria-hidden="true"></ol></div>
//     <section data-answer-section><h2>...</h2> questions, each a .cp-q </section>   (any number)
//     <button type="button" data-answer-back hidden>, <button type="button" data-answer-next hidden>
//     <div data-answer-send> what belongs to the last part only: the button that sends </div>
//     <label data-answer-shared hidden><input type="checkbox"> I share this device</label>
// and what drafts.js, following.js and ranking.js say of their own.
import { forgetDraft, keepDraft } from "./answering/drafts.js";
import { follow } from "./answering/following.js";
import { stepThrough } from "./answering/parts.js";
import { rankings } from "./answering/ranking.js";

const done = document.querySelector("[data-answer-done]");
if (done) forgetDraft(done.dataset.answerDone);

const form = document.querySelector("form[data-answer]");
if (form) {
  keepDraft(form);
  rankings(form);
  let refresh = () => {};
  follow(form, () => refresh());
  refresh = stepThrough(form);
}
