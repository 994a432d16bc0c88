import type { ProgressEvent } from "../../configmanager.ts";
import { escapeControls } from "../../internal/errors/redact.ts";
import type { Output } from "../io.ts";

/** One line on a terminal that tells what a long run is doing. */
export interface Progress {
  readonly show: (event: ProgressEvent) => void;
  /** What removes the line from the terminal, to be written before anything else; empty when there is none. */
  readonly takeAway: () => string;
  /** Takes the line away for good. */
  readonly end: () => void;
}

const firstDelayMs = 300;
const redrawDelayMs = 100;

/** Shows progress on a terminal; a run that is over in a moment shows none. */
export function createProgress(terminal: Pick<Output, "write" | "columns">): Progress {
  let latest: ProgressEvent | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isDrawn = false;
  let isOver = false;
  const erased = "\r\u001b[2K";

  const draw = (): void => {
    timer = undefined;
    if (latest === undefined) return;
    isDrawn = true;
    void terminal.write(`${erased}${lineOf(latest, terminal.columns)}`);
    latest = undefined;
  };
  const takeAway = (): string => {
    if (!isDrawn) return "";
    isDrawn = false;
    return erased;
  };
  return {
    show(event) {
      if (isOver) return;
      latest = event;
      timer ??= setTimeout(draw, isDrawn ? redrawDelayMs : firstDelayMs).unref();
    },
    takeAway,
    end() {
      isOver = true;
      clearTimeout(timer);
      const erase = takeAway();
      if (erase !== "") void terminal.write(erase);
    },
  };
}

function lineOf(event: ProgressEvent, columns: number): string {
  const text =
    event.kind === "launching" ? `starting ${event.prefixes.join(", ")}` : `${event.answered} of ${event.total} values`;
  return escapeControls(text).slice(0, Math.max(1, columns - 1));
}
