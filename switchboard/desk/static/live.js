// Keeps the parts of a page that are marked `data-live="name"` up to date: at word of a change, the
// same address is asked for `?part=name`, and only what differs is put in.
(() => {
  "use strict";
  const parts = [...document.querySelectorAll("[data-live]")];
  if (!parts.length) return;
  const notice = document.getElementById("live");
  let asking = false;
  let again = false;

  const refresh = async (part) => {
    const address = new URL(location.href);
    address.searchParams.set("part", part.dataset.live);
    const answer = await fetch(address, {headers: {Accept: "text/html"}});
    if (answer.redirected || answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    if (text.trim() === part.dataset.last) return;
    const atEnd = part.scrollHeight - part.scrollTop - part.clientHeight < 40;
    part.innerHTML = text;
    part.dataset.last = text.trim();
    if (atEnd) part.scrollTop = part.scrollHeight;
  };
  const changed = async () => {
    if (asking) { again = true; return; }
    asking = true;
    try {
      do {
        again = false;
        await Promise.all(parts.map(refresh));
        notice.hidden = true;
      } while (again);
    } catch {
      notice.hidden = false;
    } finally {
      asking = false;
    }
  };
  for (const part of parts) part.scrollTop = part.scrollHeight;
  const source = new EventSource("/changes");
  source.addEventListener("changed", changed);
  source.addEventListener("trouble", () => { notice.hidden = false; });
  source.onerror = () => { notice.hidden = false; };
})();
