// SPDX-License-Identifier: Apache-2.0
/**
 * Notices files that changed: the operating system says "something", stamps say what.
 *
 * Folders are watched and not files, because a file that is replaced by rename, as every careful
 * tool does, takes its own watch along. A slow look at all stamps finds what events missed, such as
 * changes on network file systems.
 */
import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import { type FileStamp, stampOf } from "../io/compile-zone.ts";

export interface Watcher {
  /**
   * Replaces the set of watched files; `folders` matter as a whole: members come and go. A file
   * that is new here and was read before, so that it has a stamp, counts as changed if it is
   * another one by now.
   */
  setFiles(files: readonly FileStamp[], folders: readonly string[]): void;
  /** Looks now; for SIGHUP. */
  look(): void;
  close(): void;
}

/** A rename is one step; what follows at once belongs to it. Milliseconds. */
const QUIET_RENAME_MS = 5;
/**
 * A file that is written in place is whole only when its writer has ended, and nothing says when:
 * half a zone is often a sound, shorter zone. So it must have been quiet for longer. Milliseconds.
 */
const QUIET_WRITE_MS = 60;
/** Nor may a busy neighbour in the folder hold changes back for ever. Milliseconds. */
const WAIT_MS_MAX = 2000;
const LOOK_INTERVAL_MS = 5000;

/**
 * Calls `onChange` with the files whose stamps changed; a folder counts as changed by its members.
 * Not `active`, it looks only when it is told to.
 */
export function createWatcher(
  onChange: (files: readonly string[]) => void,
  active = true,
): Watcher {
  const stamps = new Map<string, string>();
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | null = null;

  const look = (): void => {
    timer = null;
    const changed: string[] = [];
    for (const [file, stamp] of stamps) {
      const now = stampOf(file);
      if (now === stamp) continue;
      stamps.set(file, now);
      changed.push(file);
    }
    if (changed.length > 0) onChange(changed);
  };
  let waitingSince = 0;
  let writing = false;
  const soon = (event: "rename" | "change"): void => {
    if (!active) return;
    if (timer === null) {
      waitingSince = performance.now();
      writing = false;
    } else clearTimeout(timer);
    writing ||= event === "change";
    const quietMs = writing ? QUIET_WRITE_MS : QUIET_RENAME_MS;
    const leftMs = WAIT_MS_MAX - (performance.now() - waitingSince);
    timer = setTimeout(look, Math.max(0, Math.min(quietMs, leftMs)));
  };
  const slow = active ? setInterval(look, LOOK_INTERVAL_MS) : null;
  slow?.unref();

  return {
    setFiles(files, folders) {
      const wanted = new Set([...files.map((one) => one.file), ...folders]);
      for (const file of [...stamps.keys()]) if (!wanted.has(file)) stamps.delete(file);
      const known = new Set(stamps.keys());
      for (const file of wanted) if (!known.has(file)) stamps.set(file, stampOf(file));
      for (const { file, stamp } of files) {
        if (known.has(file) || stamp === "" || stamp === stamps.get(file)) continue;
        stamps.set(file, stamp);
        soon("rename");
      }
      if (!active) return;
      const places = new Set([...files.map((one) => dirname(one.file)), ...folders]);
      for (const [place, watcher] of [...watchers]) {
        if (places.has(place)) continue;
        watcher.close();
        watchers.delete(place);
      }
      for (const place of places) {
        if (watchers.has(place)) continue;
        try {
          const watcher = watch(place, { persistent: false }, (event) => soon(event));
          watcher.on("error", () => watchers.delete(place));
          watchers.set(place, watcher);
        } catch {
          // A folder that is not there, or too many watches: the slow look serves alone.
        }
      }
    },
    look,
    close() {
      if (slow !== null) clearInterval(slow);
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
