// Options put in order: a list to drag or to move up and down. Its selects stay, hidden, and carry the places.
//   <fieldset data-rank [data-rank-required]>
//     <span data-rank-plain>words without script</span> <span data-rank-live hidden>words with it</span>
//     <ol><li><span class="cp-rank-place" hidden></span><label>…</label><select>…</select>
//       <span class="cp-rank-moves" hidden><button data-rank-move="-1">, <button data-rank-move="1"></span></li></ol>
//     <div data-rank-tools hidden><button data-rank-keep>, <button data-rank-clear>,
//       <span role="status" data-rank-said data-moved="{label} {place} {places}" data-kept data-cleared></span></div>
// Nothing is in order until somebody moved something or said that it is right: the order shown is no answer.

const rowsOf = (rank) => [...rank.querySelectorAll("ol > li")];
const placeOf = (row) => row.querySelector("select").value;
const isOrdered = (rank) => rowsOf(rank).every((row, at) => placeOf(row) === String(at + 1));

/** Those that must be put in order and were not. */
export const openRankings = (section) =>
  [...section.querySelectorAll("[data-rank-required]")].filter((rank) => !rank.hidden && !isOrdered(rank));

export function complainOf(rank, words) {
  let error = rank.querySelector(".cp-error");
  if (!error) {
    error = document.createElement("p");
    error.className = "cp-error";
    error.setAttribute("role", "alert");
    rank.append(error);
  }
  error.textContent = words;
  rank.querySelector("button").focus();
  rank.scrollIntoView({ block: "center" });
}

export function rankings(form) {
  for (const rank of form.querySelectorAll("[data-rank]")) setUp(rank);
}

function setUp(rank) {
  const list = rank.querySelector("ol");
  const said = rank.querySelector("[data-rank-said]");

  const draw = () => {
    const ordered = isOrdered(rank);
    rank.classList.toggle("is-ordered", ordered);
    rowsOf(rank).forEach((row, at, rows) => {
      row.querySelector(".cp-rank-place").textContent = ordered ? at + 1 : "–";
      row.querySelector("[data-rank-move='-1']").disabled = at === 0;
      row.querySelector("[data-rank-move='1']").disabled = at === rows.length - 1;
    });
    rank.querySelector("[data-rank-keep]").hidden = ordered;
    rank.querySelector("[data-rank-clear]").hidden = !ordered;
  };
  const give = (place) => {
    rowsOf(rank).forEach((row, at) => (row.querySelector("select").value = place(at)));
    if (isOrdered(rank)) rank.querySelector(".cp-error")?.remove();
    draw();
    list.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const number = () => give((at) => String(at + 1));
  const tell = (row) => {
    const rows = rowsOf(rank);
    said.textContent = said.dataset.moved
      .replace("{label}", row.querySelector("label").textContent.trim())
      .replace("{place}", rows.indexOf(row) + 1)
      .replace("{places}", rows.length);
  };

  for (const part of rank.querySelectorAll("[data-rank-plain], select")) part.hidden = true;
  for (const part of rank.querySelectorAll(".cp-rank-place, .cp-rank-moves, [data-rank-live], [data-rank-tools]")) {
    part.hidden = false;
  }
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-rank-move]");
    if (!button) return;
    const row = button.closest("li");
    if (button.dataset.rankMove === "-1") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    number();
    tell(row);
    // Moving it in the page took the focus away.
    (button.disabled ? row.querySelector("[data-rank-move]:enabled") : button).focus();
  });
  list.addEventListener("pointerdown", (event) => drag(event, list, number));
  rank.querySelector("[data-rank-keep]").addEventListener("click", () => {
    number();
    said.textContent = said.dataset.kept;
    rank.querySelector("[data-rank-clear]").focus();
  });
  rank.querySelector("[data-rank-clear]").addEventListener("click", () => {
    give(() => "");
    said.textContent = said.dataset.cleared;
    rank.querySelector("[data-rank-keep]").focus();
  });

  // What a draft or the server brings: in its order where it is whole, else from the beginning.
  const rows = rowsOf(rank).sort((a, b) => placeOf(a) - placeOf(b));
  if (rows.every((row, at) => placeOf(row) === String(at + 1))) list.append(...rows);
  else rows.forEach((row) => (row.querySelector("select").value = ""));
  draw();
}

/** By finger only at the place's number, so that the page can still be scrolled. */
function drag(event, list, done) {
  const row = event.target.closest("li");
  const byFinger = event.pointerType !== "mouse" && !event.target.closest(".cp-rank-place");
  if (!row || event.button !== 0 || byFinger || event.target.closest("button")) return;
  event.preventDefault();
  const before = row.previousElementSibling;
  const move = ({ clientY }) => {
    row.classList.add("is-moving");
    const above = [...list.children].filter((other) => other !== row).findLast((other) => {
      const box = other.getBoundingClientRect();
      return box.top + box.height / 2 < clientY;
    });
    if (above !== (row.previousElementSibling ?? undefined)) above ? above.after(row) : list.prepend(row);
  };
  const stop = () => {
    row.classList.remove("is-moving");
    row.removeEventListener("pointermove", move);
    if (row.previousElementSibling !== before) done();
  };
  row.setPointerCapture(event.pointerId);
  row.addEventListener("pointermove", move);
  row.addEventListener("lostpointercapture", stop, { once: true });
}
