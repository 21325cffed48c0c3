// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the last stage of a Dockerfile into a folder, step by step, as an engine would: stages that
 * nothing of it needs are left out, and one that was built already, from the same text, is used
 * again.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { basename, isAbsolute, join, matchesGlob, relative } from "node:path";
import { type Copy, readCommand, readCopy, type Stage, substitute } from "./dockerfile.ts";
import { IMAGE_PATH, passThrough, runIn, withdraw } from "./sandbox.ts";

/** What an engine keeps of an image beside its files. */
export interface Image {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  readonly stopSignal: string;
}

export interface Builder {
  /** Folder of the tree that is sent to an engine. */
  readonly context: string;
  /** The image that FROM names if it names no stage. */
  readonly base: string;
  /** A folder for the roots of the stages. */
  readonly work: string;
  /** Stages that are done, by their text and that of the stages below them. */
  readonly done: Map<string, Image>;
  readonly log: (line: string) => void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Builds the last of `stages`. Throws with the output of a step that fails. */
export function buildLast(stages: readonly Stage[], builder: Builder): Image {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  return stageOf(stages.at(-1)!, byName, builder).image;
}

type Built = { readonly image: Image; readonly key: string };

function stageOf(stage: Stage, byName: ReadonlyMap<string, Stage>, builder: Builder): Built {
  const copies = stage.instructions.flatMap(({ word, text }) =>
    word === "COPY" ? [readCopy(text).from] : [],
  );
  const below = new Map<string, Built>();
  for (const name of [stage.from, ...copies]) {
    const other = name === null || below.has(name) ? undefined : byName.get(name);
    if (other !== undefined) below.set(other.name, stageOf(other, byName, builder));
  }
  const texts = stage.instructions.map(({ word, text }) => [word, text]);
  const key = JSON.stringify([stage.from, texts, [...below.values()].map((built) => built.key)]);
  let image = builder.done.get(key);
  if (image === undefined) {
    image = buildStage(stage, (name) => below.get(name)?.image, builder);
    builder.done.set(key, image);
  } else {
    builder.log(`${stage.name}: as before`);
  }
  return { image, key };
}

function buildStage(
  stage: Stage,
  other: (name: string) => Image | undefined,
  builder: Builder,
): Image {
  const parent = other(stage.from);
  const root = join(builder.work, `${builder.done.size}-${stage.name}`);
  builder.log(`${stage.name}: from ${stage.from}`);
  copyTree(parent?.root ?? builder.base, root);
  const image: Mutable<Image> = {
    ...{ env: { PATH: IMAGE_PATH }, cwd: "/", user: "root" },
    ...{ entrypoint: [], command: [], healthcheck: [], stopSignal: "SIGTERM" },
    ...parent,
    root,
  };
  const args: Record<string, string> = {};
  for (const { line, word, text } of stage.instructions) {
    const started = performance.now();
    // A shell puts in the variables of RUN by itself.
    const values = { ...args, ...image.env };
    const said = word === "RUN" ? text : substitute(text, values);
    if (word === "ARG") args[said.split("=")[0]!] = said.split("=").slice(1).join("=");
    else if (word === "RUN") runStep(image, text, args);
    else if (word === "COPY") copyStep(image, readCopy(said), other, builder.context);
    else setStep(image, word, said);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    builder.log(`${stage.name}: line ${line}: ${word} ${text.slice(0, 60)} (${seconds} s)`);
  }
  return image;
}

/** Instructions that only write something down. */
function setStep(image: Mutable<Image>, word: string, text: string): void {
  if (word === "ENV") {
    for (const pair of text.split(/\s+/)) {
      const at = pair.indexOf("=");
      if (at < 1) throw new Error(`ENV ${text}: no name`);
      image.env = { ...image.env, [pair.slice(0, at)]: pair.slice(at + 1) };
    }
  } else if (word === "WORKDIR") {
    image.cwd = isAbsolute(text) ? text : join(image.cwd, text);
    mkdirSync(join(image.root, image.cwd), { recursive: true });
  } else if (word === "USER") image.user = text;
  else if (word === "ENTRYPOINT") image.entrypoint = readCommand(text);
  else if (word === "CMD") image.command = readCommand(text);
  else if (word === "HEALTHCHECK") image.healthcheck = readCommand(text);
  else if (word === "STOPSIGNAL") image.stopSignal = text;
  else if (word === "VOLUME") mkdirSync(join(image.root, text), { recursive: true });
  // EXPOSE is a remark.
}

function runStep(image: Image, text: string, args: Readonly<Record<string, string>>): void {
  const { root, cwd, user } = image;
  const own = passThrough(root);
  const home = user === "root" ? "/root" : `/home/${user}`;
  const env = { HOME: home, DEBIAN_FRONTEND: "noninteractive", ...own, ...args, ...image.env };
  const command = ["/bin/sh", "-c", text];
  try {
    const { code, said } = runIn({ root, command, env, cwd, user, confined: false });
    if (code !== 0) throw new Error(`RUN ${text}\nended with ${code}\n${said}`);
  } finally {
    withdraw(root);
  }
}

/** A folder's content goes into the target, a file into the folder or to the name. */
function copyStep(
  image: Image,
  { from, sources, target }: Copy,
  other: (name: string) => Image | undefined,
  context: string,
): void {
  const top = from === null ? context : other(from)?.root;
  if (top === undefined) throw new Error(`COPY --from=${from}: no such stage`);
  const ignored = from === null ? ignoredIn(context) : () => false;
  const into = join(image.root, isAbsolute(target) ? target : join(image.cwd, target));
  const toFolder = target.endsWith("/") || sources.length > 1;
  for (const source of sources) {
    const path = join(top, source);
    if (!existsSync(path) || ignored(relative(top, path))) {
      throw new Error(`COPY ${source}: not there, or left out by .dockerignore`);
    }
    const whole = statSync(path).isDirectory() || !toFolder;
    cpSync(path, whole ? into : join(into, basename(path)), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (each) => !ignored(relative(top, each)),
    });
  }
}

/** Whether a path, from the top of the context, is left out by .dockerignore. */
export function ignoredIn(context: string): (path: string) => boolean {
  const file = join(context, ".dockerignore");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const patterns = lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && line[0] !== "#");
  const exception = patterns.find((pattern) => pattern.startsWith("!"));
  if (exception !== undefined) throw new Error(`.dockerignore: ${exception} is not known`);
  const one = (path: string) => patterns.some((pattern) => matchesGlob(path, pattern));
  // A folder that is left out takes along what is in it.
  return (path) => path.split("/").some((_, i, parts) => one(parts.slice(0, i + 1).join("/")));
}

/** All of it, with owners, links and file capabilities. */
function copyTree(from: string, to: string): void {
  const run = spawnSync("cp", ["-a", "--reflink=auto", from, to], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`cp -a ${from} ${to}: ${run.stderr}`);
}
