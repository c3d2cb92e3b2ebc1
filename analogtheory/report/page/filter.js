"use strict";
// Filters, search, deep links and printing. The page is complete without them.
(() => {
  const panel = document.getElementById("_filters");
  const form = panel.querySelector("form");
  const shown = document.getElementById("_shown");
  const none = document.getElementById("_none");
  const openAll = document.getElementById("_open");
  const claims = [...document.querySelectorAll("article.claim")];
  const groups = [...document.querySelectorAll("section.group")];

  // What the search looks at: all the words of a claim but its certificates.
  const words = new Map(claims.map((claim) => {
    const copy = claim.cloneNode(true);
    copy.querySelectorAll(".certificate").forEach((part) => part.remove());
    return [claim, copy.textContent.toLowerCase()];
  }));

  const checked = (name) =>
    [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value);

  function matches(claim) {
    for (const name of ["paper", "form", "level"]) {
      const wanted = checked(name);
      if (wanted.length && !wanted.includes(claim.dataset[name])) return false;
    }
    if (form.elements.failed.checked && claim.dataset.status !== "failed") return false;
    const sought = form.elements.text.value.toLowerCase().split(/\s+/);
    return sought.every((word) => words.get(claim).includes(word));
  }

  function apply() {
    for (const claim of claims) claim.hidden = !matches(claim);
    for (const group of groups) group.hidden = !group.querySelector("article:not([hidden])");
    const count = claims.filter((claim) => !claim.hidden).length;
    shown.textContent = `Showing ${count} of ${claims.length} claims`;
    none.hidden = count > 0;
    focusable();
  }

  // A claim that a link names is shown and opened, whatever the filters are.
  function follow() {
    const claim = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!claim || !claim.matches("article.claim")) return;
    if (claim.hidden) form.reset();
    claim.querySelector("details.more").open = true;
    claim.scrollIntoView();
  }

  // What scrolls sideways can be reached with the keyboard.
  function focusable() {
    for (const box of document.querySelectorAll(".formula, .scroll")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  function toggle(open) {
    document.querySelectorAll("details.more").forEach((part) => { part.open = open; });
    openAll.textContent = open ? "Close all" : "Open all";
    openAll.setAttribute("aria-pressed", String(open));
  }

  let before = [];
  addEventListener("beforeprint", () => {
    before = [...document.querySelectorAll("details.more:not([open])")];
    before.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => before.forEach((part) => { part.open = false; }));
  addEventListener("hashchange", follow);
  addEventListener("resize", focusable);
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The fields are empty only after the event.
  form.addEventListener("reset", () => setTimeout(apply));
  openAll.addEventListener("click", () => toggle(openAll.textContent === "Open all"));

  panel.hidden = false;
  if (matchMedia("(max-width: 60rem)").matches) panel.querySelector("details").open = false;
  apply();
  follow();
})();
