// SPDX-License-Identifier: Apache-2.0
/**
 * Why the system refused something, in words for people.
 *
 * Its own messages (`EISDIR: illegal operation on a directory, rename 'a' -> 'b'`) name calls and
 * codes, which say nothing to who wrote a zone; the place beside them names the file anyway.
 */

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EAGAIN: "it gives nothing to read",
  EBUSY: "it is in use",
  EEXIST: "something of that name is there already",
  EINVAL: "the system refuses such a name or size",
  EIO: "the device failed",
  EISDIR: "a folder, not a file",
  ELOOP: "links that lead in a circle",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENFILE: "too many files are open",
  ENODEV: "no such device",
  ENOENT: "no such file or folder",
  ENOSPC: "no space left on the device",
  ENOTDIR: "not a folder",
  ENOTEMPTY: "the folder is not empty",
  ENXIO: "nobody is at its other end",
  EDQUOT: "the quota is used up",
  EFBIG: "the file would be larger than allowed",
  EROFS: "the file system cannot be written to",
};

/** `ENOENT` and its like in words; the error's own message for what is not known. */
export function reasonOf(error: unknown): string {
  const { code = "", message } = (error ?? {}) as { code?: unknown; message?: string };
  return REASONS[String(code)] ?? message ?? String(error);
}
