// The panel around the messages: its HTML and its styles.
const STYLE = `
  :host { --accent: #1f5f5b; font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark; }
  [hidden] { display: none !important; }
  button { font: inherit; cursor: pointer; border: 0; border-radius: 8px;
    background: var(--sb-accent); color: var(--sb-on-accent); }
  button:focus-visible, label:focus-within { outline: 3px solid #e5a23c; outline-offset: 2px; }
  #launcher { position: fixed; right: 20px; bottom: 20px; z-index: 9998; border-radius: 28px;
    padding: 14px 22px; box-shadow: 0 4px 16px rgb(0 0 0 / 25%); }
  #launcher.unread::after { content: ""; position: absolute; top: 2px; right: 8px; width: 12px;
    height: 12px; border-radius: 50%; background: #c43d2b; border: 2px solid #fff; }
  section { position: fixed; right: 20px; bottom: 90px; z-index: 9999; width: 380px;
    height: min(600px, calc(100vh - 110px)); display: flex; flex-direction: column;
    background: var(--sb-ground); color: var(--sb-ink); border-radius: 14px; overflow: hidden;
    box-shadow: 0 8px 40px rgb(0 0 0 / 30%); }
  header { display: flex; align-items: center; background: var(--sb-accent);
    color: var(--sb-on-accent); padding: 6px 8px 6px 16px; }
  h2 { flex: 1; margin: 0; font-size: 17px; font-weight: 600; }
  header button { padding: 6px 10px; font-size: 14px; }
  #close { font-size: 20px; line-height: 1; }
  #status { margin: 0; padding: 4px 16px; background: #fdf0dc; color: #553c00; font-size: 14px; }
  main { flex: 1; min-height: 0; position: relative; }
  deep-chat { position: absolute !important; inset: 0; }
  .away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  #ending { padding: 12px 16px; border-bottom: 1px solid var(--sb-line); }
  #ending fieldset { border: 0; padding: 0; margin: 0 0 8px; }
  #ending legend { padding: 0; font-weight: 600; }
  #ending label.score { display: inline-block; padding: 2px 8px; margin: 4px 4px 0 0;
    border: 1px solid var(--sb-line); border-radius: 8px; }
  #ending textarea { width: 100%; box-sizing: border-box; font: inherit; color: inherit;
    background: var(--sb-ground); border: 1px solid var(--sb-line); border-radius: 8px; }
  #ending button { padding: 6px 14px; margin-top: 8px; }
  @media (max-width: 480px) {
    section { inset: 0; width: auto; height: auto; border-radius: 0; }
  }`;

// For what deep-chat shows, in a shadow of its own.
const INNER_STYLE = `
  .sb-choices { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 2px; }
  .sb-choice { font: inherit; border: 1px solid var(--sb-link); color: var(--sb-link);
    background: var(--sb-ground); border-radius: 16px; padding: 5px 14px; cursor: pointer;
    text-decoration: none; }
  .sb-choice:focus-visible { outline: 3px solid #e5a23c; outline-offset: 1px; }
  .sb-meta { font-size: 12px; opacity: .85; margin-top: 2px; }
  .sb-away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .message-bubble > p { margin: 0 0 .3em; }
  .ai-message-text a, .agent-message a { color: inherit; }
  .sb-typing { display: inline-flex; gap: 4px; padding: 4px 0; }
  .sb-typing i { width: 7px; height: 7px; border-radius: 50%; background: currentColor;
    animation: sb-typing 1.2s infinite ease-in-out; }
  .sb-typing i:nth-child(2) { animation-delay: .15s; }
  .sb-typing i:nth-child(3) { animation-delay: .3s; }
  @keyframes sb-typing { 0%, 60%, 100% { opacity: .3; transform: none; }
    30% { opacity: 1; transform: translateY(-3px); } }
  @media (prefers-reduced-motion: reduce) { .sb-typing i { animation: none; opacity: .7; } }`;

const frame = (words, language) => {
  const scores = [1, 2, 3, 4, 5].map((score) => `<label class="score">
    <input type="radio" name="score" value="${score}"> ${score}</label>`);
  return `<style>${STYLE}</style>
    <button id="launcher" aria-expanded="false" aria-controls="panel">${escaped(words.open)}</button>
    <section id="panel" role="dialog" aria-labelledby="title" lang="${language}" hidden>
      <header><h2 id="title">${escaped(words.title)}</h2>
        <button id="end" hidden>${escaped(words.end)}</button>
        <button id="close" aria-label="${escaped(words.close)}">×</button></header>
      <p id="status" role="status" hidden></p>
      <form id="ending" hidden>
        <fieldset><legend>${escaped(words.how_was_it)}</legend>
          <span aria-hidden="true">${escaped(words.scale)}</span><br>${scores.join("")}</fieldset>
        <label for="comment">${escaped(words.comment)}</label>
        <textarea id="comment" name="comment" rows="2" maxlength="2000"></textarea>
        <button>${escaped(words.end)}</button>
        <button type="button" id="stay">${escaped(words.stay)}</button>
      </form>
      <main></main>
      <div id="log" class="away" role="log" aria-live="polite"></div>
    </section>`;
};
