// Keeps the progress of a batch fresh; without script the page reloads itself instead (noscript in page.html).
"use strict";
(() => {
  const wait = 3000;
  const refresh = async () => {
    try {
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("batch-progress");
      if (!fresh || fresh.dataset.working !== "1") return location.reload();
      const shown = document.getElementById("batch-progress");
      const [oldBar, newBar] = [shown, fresh].map((part) => part.querySelector("progress"));
      if (newBar.hasAttribute("value")) {
        oldBar.max = newBar.max;
        oldBar.value = newBar.value;
      }
      shown.querySelector("[role=status]").textContent = fresh.querySelector("[role=status]").textContent;
    } catch {
      // The next round tries again: the worker goes on whatever the connection does.
    }
    setTimeout(refresh, wait);
  };
  if (document.querySelector("#batch-progress[data-working='1']")) setTimeout(refresh, wait);
})();
