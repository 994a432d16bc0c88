/**
 * Which process this is, and whether another one still lives: for what outlives whoever made it, such as a lock or a
 * temporary file. What it needs of the system is handed in. Called by the SDK's `files` and by `cmd/`.
 */

/** A process, told from any other. */
export interface ProcessLife {
  /** The machine and, where there are such, the space of process ids in which `id` means something. */
  readonly machine: string;
  readonly id: number;
  /** When it started, in the system's own spelling; empty where the system does not say. Ids are used again. */
  readonly started: string;
}

/** What is asked of the system. */
export interface ProcessPorts {
  /** Of the process that asks. */
  readonly id: number;
  readonly hostname: () => string;
  /** Throws where there is no such file. */
  readonly readText: (path: string) => string;
  /** Throws where there is no such link. */
  readonly readLink: (path: string) => string;
  /** Whether a process has that id, whoever's it is. */
  readonly isThere: (id: number) => boolean;
}

/** The processes of a machine, as one of them sees them. */
export interface ProcessLives {
  /** The one that asks. */
  readonly own: ProcessLife;
  /** Whether a process of this machine lives; undefined for one of another machine, which cannot be seen from here. */
  readonly isAlive: (life: ProcessLife) => boolean | undefined;
}

/** Looks at the processes of this machine. */
export function createProcessLives(ports: ProcessPorts): ProcessLives {
  const own = { machine: machineOf(ports), id: ports.id, started: startOf(ports.id, ports) ?? "" };
  return {
    own,
    isAlive(life) {
      if (life.machine !== own.machine) return undefined;
      const started = startOf(life.id, ports);
      return started === undefined ? ports.isThere(life.id) : started === life.started;
    },
  };
}

// Containers have a name and process ids of their own, or only the latter.
function machineOf({ hostname, readLink }: ProcessPorts): string {
  try {
    return `${hostname()} ${readLink("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/** When a process started, as Linux counts it; "dead" for one that nobody has collected, undefined when Linux is not asked. */
function startOf(id: number, { readText }: ProcessPorts): string | undefined {
  try {
    // `pid (name) state …`, and the name may hold anything; the 22nd field is the start.
    const stat = readText(`/proc/${id}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "dead" : fields[19];
  } catch {
    return undefined;
  }
}
