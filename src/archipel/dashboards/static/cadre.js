// First touch of a control: ask for a live page with these values, load it out of sight, swap it in.
(function () {
  "use strict";
  // The page inside tells its height: one scroll bar, the window's.
  addEventListener("message", (event) => {
    const height = Number(event.data && event.data.archipelHeight);
    const frame = [...document.querySelectorAll("#pages iframe")].find((one) => one.contentWindow === event.source);
    if (frame && height > 0) frame.style.height = Math.min(Math.max(height, 200), 40000) + "px";
  });
  const form = document.getElementById("reglages");
  if (!form || !form.dataset.live) return;
  const status = document.getElementById("etat");
  const pages = document.getElementById("pages");
  let turn = 0;
  let timer = 0;

  function tell(kind, text) {
    status.textContent = text || status.dataset[kind];
    status.classList.toggle("attente", kind === "attente");
  }

  function showErrors(errors) {
    form.querySelectorAll(".cadre-erreur").forEach((line) => { line.hidden = true; line.textContent = ""; });
    const rest = [];
    for (const error of errors) {
      const field = [...form.elements].find((element) => element.name && error.message.includes("« " + element.name + " »"));
      const line = field && document.getElementById("e-" + field.name);
      if (line) { line.textContent = error.message; line.hidden = false; } else rest.push(error.message);
    }
    if (errors.length) tell("refus", rest.join(" "));
  }

  async function refresh() {
    const mine = ++turn;
    tell("attente");
    showErrors([]);
    const values = Object.fromEntries(new FormData(form));
    let answer;
    try {
      answer = await fetch(form.dataset.live, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(values) });
    } catch (error) {
      if (mine === turn) tell("echec");
      return;
    }
    const told = await answer.json().catch(() => ({}));
    if (mine !== turn) return;
    if (answer.status === 401) { location.reload(); return; }
    if (!answer.ok) {
      showErrors(told.errors || [{ message: [told.message, told.hint].filter(Boolean).join(" ") || status.dataset.echec }]);
      return;
    }
    swap(mine, told.url);
  }

  function swap(mine, url) {
    const before = document.getElementById("page");
    const next = document.createElement("iframe");
    next.title = before.title;
    next.className = "cache";
    next.src = url;
    const give_up = setTimeout(() => { if (next.className) { next.remove(); tell("echec"); } }, 120000);
    function ended(whole) {
      clearTimeout(give_up);
      removeEventListener("message", heard);
      if (mine !== turn) { next.remove(); return; }
      if (!whole) { next.remove(); tell("echec"); return; }
      next.className = "";
      before.remove();
      next.id = "page";
      tell("pret");
    }
    function heard(event) {
      if (event.source !== next.contentWindow) return;
      if (event.data === "archipel:ready" || event.data === "archipel:failed") ended(event.data === "archipel:ready");
    }
    addEventListener("message", heard);
    pages.append(next);
  }

  form.addEventListener("change", () => { clearTimeout(timer); timer = setTimeout(refresh, 150); });
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); refresh(); });
})();
