// Single keys for the pages of `hit review`. Everything works without it.
"use strict";

(() => {
  const KEPT = "hit_review_keys";
  const typing = "input:not([type=checkbox]), textarea, select, [contenteditable]";
  const button = document.getElementById("keys");
  let on = true;
  try {
    on = localStorage.getItem(KEPT) !== "off";
  } catch {
    // Without storage the choice holds for this page only.
  }

  function show() {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Single keys are on" : "Single keys are off";
  }

  button.addEventListener("click", () => {
    on = !on;
    try {
      localStorage.setItem(KEPT, on ? "on" : "off");
    } catch {
      // As above.
    }
    show();
  });

  // j and k move among the rows of a list.
  function step(by) {
    const rows = [...document.querySelectorAll("a.row")];
    const at = rows.indexOf(document.activeElement);
    const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
    if (rows[to]) rows[to].focus();
  }

  // A key works on what has the focus first: of several candidates on that one.
  function target(key) {
    const section = document.activeElement && document.activeElement.closest("section");
    const marked = `[data-key="${CSS.escape(key)}"]`;
    return (section && section.querySelector(marked)) || document.querySelector(marked);
  }

  document.addEventListener("keydown", (event) => {
    if (!on || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.key.length !== 1 || event.target.closest(typing)) return;
    const found = target(event.key);
    const step_by = { j: 1, k: -1 }[event.key];
    const link = document.querySelector(`nav a[accesskey="${CSS.escape(event.key)}"]`);
    if (found) found.click();
    else if (step_by && document.querySelector("a.row")) step(step_by);
    else if (link) link.click();
    else return;
    event.preventDefault();
  });

  // Said again once the page is there: what stands in a page when it loads is not announced.
  const told = document.getElementById("told");
  if (told && told.textContent.trim()) {
    const words = told.textContent;
    told.textContent = "";
    setTimeout(() => { told.textContent = words; }, 150);
  }
  show();
})();
