// SPDX-License-Identifier: Apache-2.0
/**
 * Reads a Dockerfile: as much of the language as ours speaks. What it does not know is an error and
 * never passed over, so that whatever is built from the result did all that the file says.
 */

export interface Instruction {
  /** Of the first line, from 1. */
  readonly line: number;
  /** In upper case: RUN, COPY. */
  readonly word: string;
  /** The rest, continuation lines joined and comments left out. */
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  /** Another stage, or an image. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** Instructions that may stand in a stage. */
const WORDS = new Set(
  "ARG CMD COPY ENTRYPOINT ENV EXPOSE HEALTHCHECK RUN STOPSIGNAL USER VOLUME WORKDIR".split(" "),
);

/** Lines of the file as instructions. */
export function readInstructions(text: string): readonly Instruction[] {
  const found: Instruction[] = [];
  let open: { line: number; parts: string[] } | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    open ??= { line: index + 1, parts: [] };
    open.parts.push(line.replace(/\\\s*$/, ""));
    if (/\\\s*$/.test(line)) continue;
    const [, word = "", rest = ""] = /^\s*(\S+)\s*([\s\S]*)$/.exec(open.parts.join("")) ?? [];
    found.push({ line: open.line, word: word.toUpperCase(), text: rest.trim() });
    open = null;
  }
  if (open !== null) throw new Error(`line ${open.line}: the file ends within an instruction`);
  return found;
}

/**
 * Stages in the order of the file. `given` are build arguments; those that the file declares before
 * its first stage are put into the FROM lines.
 */
export function readStages(
  text: string,
  given: Readonly<Record<string, string>>,
): readonly Stage[] {
  const globals: Record<string, string> = {};
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const instruction of readInstructions(text)) {
    const where = `line ${instruction.line}: ${instruction.word}`;
    const current = stages.at(-1);
    if (instruction.word === "FROM") {
      const match = /^(\S+) AS (\S+)$/i.exec(substitute(instruction.text, globals));
      if (match === null) throw new Error(`${where} wants "<image> AS <name>"`);
      stages.push({ from: match[1]!, name: match[2]!, instructions: [] });
    } else if (current !== undefined) {
      if (!WORDS.has(instruction.word)) throw new Error(`${where} is not known`);
      if (
        /^--/.test(instruction.text) &&
        !/^(COPY --from=|HEALTHCHECK )/.test(whole(instruction))
      ) {
        throw new Error(`${where} has an option that is not known`);
      }
      current.instructions.push(instruction);
    } else if (instruction.word === "ARG") {
      const [name = "", value = ""] = instruction.text.split("=", 2);
      globals[name] = given[name] ?? value;
    } else {
      throw new Error(`${where} stands before the first stage`);
    }
  }
  for (const name of Object.keys(given)) {
    if (!(name in globals)) throw new Error(`the file has no build argument ${name}`);
  }
  return stages;
}

const whole = ({ word, text }: Instruction): string => `${word} ${text}`;

/** `${NAME}` and `$NAME`, from `values`; a name without a value is an error. */
export function substitute(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? "";
    const value = values[name];
    if (value === undefined) throw new Error(`${name} has no value`);
    return value;
  });
}

/** Of COPY: what, from which stage (null is the context), and where to. */
export interface Copy {
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

export function readCopy(text: string): Copy {
  const [, from, rest = ""] = /^(?:--from=(\S+)\s+)?([\s\S]*)$/.exec(text)!;
  const words = rest.split(/\s+/);
  const target = words.pop();
  if (target === undefined || words.length === 0) throw new Error(`COPY ${text}: no target`);
  return { from: from ?? null, sources: words, target };
}

/** The command of `["…", "…"]`: CMD, ENTRYPOINT, and HEALTHCHECK after its options. */
export function readCommand(text: string): readonly string[] {
  const words: unknown = JSON.parse(text.replace(/^(?:--\S+\s+)*CMD\s+/, ""));
  if (!Array.isArray(words) || words.some((word) => typeof word !== "string")) {
    throw new Error(`${text} is not a list of words`);
  }
  return words as string[];
}
