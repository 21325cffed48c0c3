// SPDX-License-Identifier: Apache-2.0
/**
 * Rows of what this node says of itself, and of cookies: all of it comes into force with a reload.
 *
 * Secrets stand here as text. Nothing prints them: not a fault, not the log, not the API.
 */
import { z } from "zod";
import { COOKIE_SECRET_SIZE, COOKIE_SECRETS_MAX, IDENTITY_SIZE_MAX } from "../layout/limits.ts";
import { flag, pathField, push, text } from "../resource/fields.ts";

/** Stands for "tell nothing". */
export const OFF = "off";

const identityText = (doc: string) =>
  text({ max: IDENTITY_SIZE_MAX, doc }).check((context) => {
    const size = new TextEncoder().encode(context.value).length;
    if (size > IDENTITY_SIZE_MAX && size > context.value.length)
      push(context, "CONFIG_VALUE", `${size} octets`);
  });

export const identityFields = z
  .strictObject({
    nsid: identityText(
      "What NSID tells who asks for it (RFC 5001); `off` for nothing, the node's name if not given. `{worker}` stands for the number of the thread that answers, `{revision}` for that of its table.",
    ).optional(),
    serverId: identityText(
      "What `id.server` and `hostname.bind` of class CH tell (RFC 4892); `off` for nothing, the node's name if not given. Places as in `nsid`.",
    ).optional(),
    version: identityText(
      "What `version.server` and `version.bind` of class CH tell; `off` for nothing.",
    ).default("azimuth"),
  })
  .meta({ description: "What the node says of itself." });

/** Two hexadecimal digits for each octet. */
export const SECRET_PATTERN = new RegExp(`^[0-9A-Fa-f]{${2 * COOKIE_SECRET_SIZE}}$`);

const secretField = z
  .string()
  .check((context) => {
    if (!SECRET_PATTERN.test(context.value)) push(context, "CONFIG_COOKIE_SECRET", "no such");
  })
  .meta({ description: "A secret.", "x-type": "32 hexadecimal digits" });

export const cookieFields = z
  .strictObject({
    enabled: flag("Whether cookies are given and taken (RFC 7873, RFC 9018).").default(true),
    demand: flag(
      "Whether a UDP query that has a cookie, but none of ours, is answered BADCOOKIE: its sender comes back with one.",
    ).default(false),
    secrets: z.array(secretField).max(COOKIE_SECRETS_MAX).default([]).meta({
      description:
        "Shared by all servers of an address. The first makes cookies, all are taken. One of chance for each start if there is none here and no file.",
      "x-type": "list of 32 hexadecimal digits",
    }),
    secretFile: pathField(
      "File with the secrets, one a line, instead of `secrets`. Read at start and at each reload.",
    ).optional(),
  })
  .meta({ description: "Cookies: proof that an address is no lie." });

export const extendedErrorsField = flag(
  "Whether answers say why they are as they are (RFC 8914), to who has EDNS.",
).default(true);
