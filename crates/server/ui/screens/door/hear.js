// What changes behind the door, as soon as it is told: the stream of the display. It is fetched and not an `EventSource`, since that sends no
// token. Where it breaks it is asked for again; who hears nothing meanwhile asks.

/** Something comes every five seconds; where nothing does for so long, the network has gone without a word. */
const SILENCE_MS = 12_000;
/** How soon a stream is asked for again, and at most. */
const AGAIN_MS = [2_000, 30_000];

/** The events of a stream, by their names, as they come. @param {ReadableStream<Uint8Array>} body @param {(name: string) => void} each called with "" for what only says that the stream is alive */
async function events(body, each) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) each(/^event: (.*)$/m.exec(part)?.[1] ?? "");
  }
}

/**
 * Hears what changes, as long as it is not stopped.
 * @param {string} token
 * @param {{onChange: () => void, onLost: () => void}} then `onChange` also when the stream begins: what changed before it was not told
 * @returns {{hears: () => boolean, again: () => void, stop: () => void}} `hears`: whether the stream stands; `again`: it is asked for at once
 */
export function hear(token, { onChange, onLost }) {
  let stands = false;
  let stopped = false;
  let wait = Number(AGAIN_MS[0]);
  let timer = 0;
  let asking = new AbortController();
  const listen = async () => {
    clearTimeout(timer);
    const mine = new AbortController();
    asking = mine;
    let silence = setTimeout(() => mine.abort(), SILENCE_MS);
    try {
      const response = await fetch("/display/stream", { headers: { Authorization: `Bearer ${token}` }, credentials: "omit", cache: "no-store", signal: mine.signal });
      if (!response.ok || !response.body) throw new Error(String(response.status));
      await events(response.body, (name) => {
        clearTimeout(silence);
        silence = setTimeout(() => mine.abort(), SILENCE_MS);
        if (name === "hello") {
          stands = true;
          wait = Number(AGAIN_MS[0]);
        }
        if (name) onChange();
      });
    } catch {
      // Whatever it was: it is asked for again.
    }
    clearTimeout(silence);
    if (stopped || asking !== mine) return;
    const stood = stands;
    stands = false;
    timer = window.setTimeout(listen, wait);
    wait = Math.min(wait * 2, Number(AGAIN_MS[1]));
    if (stood) onLost();
  };
  const halt = () => {
    clearTimeout(timer);
    const last = asking;
    asking = new AbortController();
    last.abort();
    stands = false;
  };
  void listen();
  return {
    hears: () => stands,
    again: () => {
      if (stands || stopped) return;
      halt();
      void listen();
    },
    stop: () => {
      stopped = true;
      halt();
    },
  };
}
