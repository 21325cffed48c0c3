// SPDX-License-Identifier: Apache-2.0
/**
 * Why a text is no location path, in words that help: `DE` is not refused as nonsense, but told
 * that Germany stands below Europe.
 *
 * What a path is says src/geo/location.ts; here is only the conversation about it.
 */
import { continentOf, continents, countries } from "../geo/countries.ts";
import { parseLocation } from "../geo/location.ts";
import { suggestionText } from "./suggest.ts";

export { parseLocation };

/** The parts of a location path, from the continent inwards. */
export type Location = readonly string[];

/** What is wrong with a location path; null if nothing is. */
export function locationRefusal(path: string): string | null {
  if (parseLocation(path) !== null) return null;
  const [first = "", second, ...rest] = path.split("/");
  if (!continents.has(first)) {
    const upper = first.toUpperCase();
    if (continents.has(upper)) return `continents are in upper case; did you mean ${upper}?`;
    const continent = continentOf(upper);
    if (continent !== null) {
      return `countries stand below their continent; did you mean ${continent}/${upper}?`;
    }
    const meant = suggestionText(first, continents.keys());
    return `${JSON.stringify(first)} is no continent (${[...continents.keys()].join(", ")})${meant}`;
  }
  if (second !== undefined && continentOf(second) !== first) {
    const upper = second.toUpperCase();
    const continent = continentOf(upper);
    if (continent === null) return `${JSON.stringify(second)} is no country of ISO 3166-1`;
    const meant = [continent, upper, ...rest].join("/");
    return `${countries.get(upper)?.name ?? upper} stands elsewhere; did you mean ${meant}?`;
  }
  return "a path has one to four parts, none of them empty";
}

/** Whether `inner` is `outer` or lies in it. */
export function isAtOrBelow(inner: Location, outer: Location): boolean {
  return outer.every((part, i) => inner[i] === part);
}
