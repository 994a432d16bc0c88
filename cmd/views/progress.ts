import type { ProgressEvent } from "../../configmanager.ts";
import { escapeControls } from "../../internal/errors/redact.ts";
import type { Output } from "../io.ts";

/** How far downloads are. */
export interface DownloadProgress {
  readonly kind: "downloading";
  /** Bytes by the name of the plugin; `size` is undefined when the source does not say. */
  readonly files: ReadonlyMap<string, { readonly received: number; readonly size: number | undefined }>;
}

/** Whatever a long run tells about itself. */
export type ShownProgress = ProgressEvent | DownloadProgress;

/** One line on a terminal that tells what a long run is doing. */
export interface Progress {
  readonly show: (event: ShownProgress) => void;
  /** What removes the line from the terminal, to be written before anything else; empty when there is none. */
  readonly takeAway: () => string;
  /** Takes the line away for good. */
  readonly end: () => void;
}

const firstDelayMs = 300;
const redrawDelayMs = 100;

/** Shows progress on a terminal; a run that is over in a moment shows none. */
export function createProgress(terminal: Pick<Output, "write" | "columns">): Progress {
  let latest: ShownProgress | undefined;
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

function lineOf(event: ShownProgress, columns: number): string {
  const width = Math.max(1, columns - 1);
  return escapeControls(textOf(event, width)).slice(0, width);
}

function textOf(event: ShownProgress, width: number): string {
  switch (event.kind) {
    case "launching":
      return `starting ${event.prefixes.join(", ")}`;
    case "resolving":
      return `${event.answered} of ${event.total} values`;
    case "downloading":
      break;
  }
  return downloadText(event, width);
}

const maxBarWidth = 30;

function downloadText({ files }: DownloadProgress, width: number): string {
  const all = [...files.values()];
  const received = all.reduce((sum, file) => sum + file.received, 0);
  const size = all.reduce<number | undefined>(
    (sum, file) => (sum === undefined || file.size === undefined ? undefined : sum + file.size),
    0,
  );
  const what = files.size === 1 ? [...files.keys()].join("") : `${files.size} plugins`;
  if (size === undefined || size === 0) return `${what} ${megabytes(received)} MB`;
  const share = Math.min(1, received / size);
  const end = `${Math.floor(share * 100)
    .toString()
    .padStart(3)}%  ${megabytes(received)} of ${megabytes(size)} MB`;
  const bar = Math.min(maxBarWidth, width - what.length - end.length - 4);
  if (bar < 5) return `${what} ${end}`;
  const done = Math.round(share * bar);
  return `${what} [${"#".repeat(done)}${".".repeat(bar - done)}] ${end}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
