// SPDX-License-Identifier: Apache-2.0
/**
 * Notices files that changed: the operating system says "something", stamps say what.
 *
 * Folders are watched and not files, because a file that is replaced by rename, as every careful
 * tool does, takes its own watch along. A slow look at all stamps finds what events missed, such as
 * changes on network file systems.
 *
 * Invariants
 *   W1  A file that came by rename (another inode, no write seen) is whole: it is reported when its
 *       folder has been still for QUIET_RENAME_MS, so that what belongs together comes together.
 *   W2  A file that is written in place is whole only when its writer has ended, and nothing says
 *       when: half a zone is often a sound, shorter zone. It is reported when modification time and
 *       size have stood still for QUIET_MS, whatever made us look.
 *   W3  A text whose last line lost its end is cut: it is held until it changes again, or CUT_MS.
 *   W4  Who calls `look` means it: everything that differs is reported.
 *   W5  A file that somebody has read, and that came by rename, does not wait for W1: it alone is
 *       looked at when the event names it, if none was so within QUIET_RENAME_MS. A single edit is
 *       served at once, and of a thousand all but a few come together.
 */
import { closeSync, type FSWatcher, fstatSync, readSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import { type FileStamp, stampOf } from "../io/compile-zone.ts";
import { openRegular } from "../io/file.ts";

export interface Watcher {
  /**
   * Replaces the set of watched files; `folders` matter as a whole: members come and go. A file
   * that is new here and was read before, so that it has a stamp, counts as changed if it is
   * another one by now; what somebody has read, W5 is for.
   */
  setFiles(files: readonly FileStamp[], folders: readonly string[]): void;
  /** Looks now; for SIGHUP. */
  look(): void;
  close(): void;
}

/** A rename is one step; what follows at once belongs to it. Milliseconds. */
const QUIET_RENAME_MS = 5;
/** W2. A copy from a slow disk or a network pauses for less. Milliseconds. */
const QUIET_MS = 500;
/** W3. Some editors leave the last line without an end on purpose. Milliseconds. */
const CUT_MS = 5000;
/** Nor may a busy neighbour in the folder hold changes back for ever. Milliseconds. */
const WAIT_MS_MAX = 2000;
const LOOK_INTERVAL_MS = 5000;
/** Names that are being written and not watched: more are forgotten, as nothing depends on them. */
const WRITTEN_MAX = 1000;

/** A file as it was reported last. */
interface Known {
  readonly stamp: string;
  readonly isFolder: boolean;
  /** Its last octet ended a line. */
  readonly endsLine: boolean;
}

/** A file that differs from what was reported, and may not be whole yet. */
interface Pending {
  readonly stamp: string;
  /** When it was first seen so, or written to last. */
  readonly since: number;
}

/**
 * Calls `onChange` with the files whose stamps changed; a folder counts as changed by its members.
 * Not `active`, it looks only when it is told to.
 */
export function createWatcher(
  onChange: (files: readonly string[]) => void,
  active = true,
): Watcher {
  const files = new Map<string, Known>();
  const pending = new Map<string, Pending>();
  /** Paths that were written to in place, and when last. */
  const written = new Map<string, number>();
  const watchers = new Map<string, FSWatcher>();
  /** Files that somebody has read, and when one of them was reported by itself. */
  const read = new Set<string>();
  let aloneAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;
  let later: NodeJS.Timeout | null = null;
  let laterAt = Number.POSITIVE_INFINITY;

  /** How long a file that differs is still to be left alone; zero if it is whole. Milliseconds. */
  const waitFor = (file: string, known: Known, stamp: string, now: number): number => {
    if (stamp === "") return 0;
    if (known.isFolder) return waitForMember(file, now);
    const sameFile = inodeOf(stamp) === inodeOf(known.stamp);
    const writtenAt = written.get(file);
    if (!sameFile && writtenAt === undefined) return 0;
    const before = pending.get(file);
    const seenAt = before?.stamp === stamp ? before.since : (writtenAt ?? now);
    const since = Math.max(seenAt, writtenAt ?? 0);
    pending.set(file, { stamp, since });
    const quiet = now - since;
    if (quiet < QUIET_MS) return QUIET_MS - quiet;
    const isCut = known.endsLine && quiet < CUT_MS && !endsLine(file);
    return isCut ? CUT_MS - quiet : 0;
  };

  /** A member that is new and being written would be read half. */
  const waitForMember = (folder: string, now: number): number => {
    let wait = 0;
    for (const [path, at] of written) {
      if (dirname(path) !== folder || files.has(path) || now - at >= QUIET_MS) continue;
      // Written aside and renamed: that one is gone.
      if (stampOf(path) !== "") wait = Math.max(wait, QUIET_MS - (now - at));
    }
    return wait;
  };

  const look = (careful: boolean): void => {
    const now = performance.now();
    const changed: string[] = [];
    let wait = Number.POSITIVE_INFINITY;
    for (const [file, known] of files) {
      const stamp = stampOf(file);
      if (stamp === known.stamp) {
        pending.delete(file);
        continue;
      }
      const left = careful ? waitFor(file, known, stamp, now) : 0;
      if (left > 0) {
        wait = Math.min(wait, left);
        continue;
      }
      pending.delete(file);
      files.set(file, knownAs(file, stamp, known.isFolder));
      changed.push(file);
    }
    for (const [path, at] of written) if (now - at >= CUT_MS) written.delete(path);
    for (const file of changed) written.delete(file);
    if (wait < Number.POSITIVE_INFINITY) lookIn(wait);
    if (changed.length > 0) onChange(changed);
  };

  /** For what waits; the earliest wish counts. */
  const lookIn = (waitMs: number): void => {
    const at = performance.now() + waitMs;
    if (!active || at >= laterAt) return;
    if (later !== null) clearTimeout(later);
    laterAt = at;
    later = setTimeout(() => {
      later = null;
      laterAt = Number.POSITIVE_INFINITY;
      look(true);
    }, Math.ceil(waitMs));
  };

  let waitingSince = 0;
  const soon = (): void => {
    if (!active) return;
    if (timer === null) waitingSince = performance.now();
    else clearTimeout(timer);
    const leftMs = WAIT_MS_MAX - (performance.now() - waitingSince);
    timer = setTimeout(
      () => {
        timer = null;
        look(true);
      },
      Math.max(0, Math.min(QUIET_RENAME_MS, leftMs)),
    );
  };

  /** W5. */
  const lookAlone = (file: string): void => {
    const now = performance.now();
    const known = files.get(file);
    if (known === undefined || !read.has(file) || now - aloneAt < QUIET_RENAME_MS) return;
    const stamp = stampOf(file);
    if (stamp === "" || inodeOf(stamp) === inodeOf(known.stamp) || written.has(file)) return;
    aloneAt = now;
    pending.delete(file);
    files.set(file, knownAs(file, stamp, false));
    onChange([file]);
  };

  /** A write is waited for on its own: however often it happens, it delays no rename. */
  const onEvent = (place: string, event: "rename" | "change", name: string | null): void => {
    if (event === "rename" || name === null) {
      soon();
      if (name !== null) lookAlone(join(place, name));
      return;
    }
    const path = join(place, name);
    if (written.size < WRITTEN_MAX || written.has(path)) written.set(path, performance.now());
    lookIn(QUIET_MS);
  };
  const slow = active ? setInterval(() => look(true), LOOK_INTERVAL_MS) : null;
  slow?.unref();

  return {
    setFiles(list, folders) {
      const wanted = new Set([...list.map((one) => one.file), ...folders]);
      for (const file of [...files.keys()]) if (!wanted.has(file)) files.delete(file);
      for (const file of [...pending.keys()]) if (!wanted.has(file)) pending.delete(file);
      read.clear();
      for (const { file, stamp } of list) if (stamp !== "") read.add(file);
      const isFolder = new Set(folders);
      const fresh = new Set<string>();
      for (const file of wanted) {
        if (files.has(file)) continue;
        fresh.add(file);
        files.set(file, knownAs(file, stampOf(file), isFolder.has(file)));
      }
      for (const { file, stamp } of list) {
        const known = files.get(file)!;
        if (!fresh.has(file) || stamp === "" || stamp === known.stamp) continue;
        files.set(file, { ...known, stamp });
        soon();
      }
      if (!active) return;
      const places = new Set([...list.map((one) => dirname(one.file)), ...folders]);
      for (const [place, watcher] of [...watchers]) {
        if (places.has(place)) continue;
        watcher.close();
        watchers.delete(place);
      }
      for (const place of places) {
        if (watchers.has(place)) continue;
        try {
          const watcher = watch(place, { persistent: false }, (event, name) =>
            onEvent(place, event, name),
          );
          watcher.on("error", () => watchers.delete(place));
          watchers.set(place, watcher);
        } catch {
          // A folder that is not there, or too many watches: the slow look serves alone.
        }
      }
    },
    look: () => look(false),
    close() {
      if (slow !== null) clearInterval(slow);
      if (timer !== null) clearTimeout(timer);
      if (later !== null) clearTimeout(later);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

function knownAs(file: string, stamp: string, isFolder: boolean): Known {
  return { stamp, isFolder, endsLine: !isFolder && stamp !== "" && endsLine(file) };
}

function inodeOf(stamp: string): string {
  return stamp.slice(stamp.lastIndexOf("-") + 1);
}

/** Whether the last octet of a file is a newline; not so for what cannot be read. */
function endsLine(file: string): boolean {
  try {
    const fd = openRegular(file);
    try {
      const octet = new Uint8Array(1);
      const { size } = fstatSync(fd);
      return size > 0 && readSync(fd, octet, 0, 1, size - 1) === 1 && octet[0] === 0x0a;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}
