// SPDX-License-Identifier: Apache-2.0
/**
 * Rows of what zones exchange with other servers: keys, the servers, and who may ask for what.
 *
 * An access list has no order and no negation: a request passes if one row fits. What is not listed
 * is refused, so that a list that was forgotten gives nothing away.
 *
 * A catalog's row holds the templates of its members: they are rows of zones without what a zone of
 * another server cannot have.
 */
import { z } from "zod";
import {
  addressField,
  flag,
  nameField,
  oneOf,
  optionalText,
  pathField,
  prefixField,
  push,
  reference,
  text,
} from "./fields.ts";
import { parseServer } from "./server-address.ts";

export const keyFields = z
  .strictObject({
    name: nameField("Name of the key on the wire; its id if not given.").optional(),
    algorithm: oneOf(
      ["hmac-sha256", "hmac-sha384", "hmac-sha512"],
      "HMAC of the signatures (RFC 8945 §6).",
    ).default("hmac-sha256"),
    secret: optionalText({
      max: 1024,
      doc: "The shared secret, base64. Rather `secretFile`, which only the server need be able to read.",
    }).default(""),
    secretFile: pathField("File with the secret in base64, instead of `secret`.").optional(),
  })
  .meta({ description: "A TSIG key, shared with others." });

const serverAddress = z
  .string()
  .check((context) => {
    const server = parseServer(context.value, 53);
    if (typeof server === "string") push(context, "CONFIG_ADDRESS", server);
  })
  .meta({ description: "Address, or address and port.", "x-type": "address or address:port" });

const remoteTlsFields = z
  .strictObject({
    hostname: text({ max: 253, doc: "Name that its certificate must have." }),
    ca: pathField(
      "Certificates that may sign it (PEM); those of the system if not given.",
    ).optional(),
  })
  .meta({ description: "Transfers over TLS (RFC 9103), strict: its certificate must be right." });

export const remoteFields = z
  .strictObject({
    addresses: z.array(serverAddress).min(1).max(16).meta({
      description: "Where it is, in the order of trial. Port 53, or 853 with `tls`, if not given.",
      "x-type": "list of address:port",
    }),
    key: reference("TSIG key that signs what is said to it and by it.").optional(),
    source: addressField(0, "Own address that it is spoken to from.").optional(),
    tls: remoteTlsFields.optional(),
  })
  .meta({ description: "Another name server: a primary or a secondary of some zone." });

const accessFields = z
  .strictObject({
    prefix: prefixField.optional(),
    key: reference("TSIG key that must have signed.").optional(),
    tls: flag("Only over TLS.").default(false),
  })
  .meta({ description: "Who may: all that is said must hold." });

/** `any`, an address, a network, the id of a remote, or a row. */
const accessList = (doc: string) =>
  z
    .array(z.union([text({ max: 255, doc: "Short form." }), accessFields]))
    .max(256)
    .meta({
      description: `${doc} Each of: \`any\`, an address, a network, the id of a remote, a mapping.`,
      "x-type": "list of who",
    });

/** Of a zone, or of all zones in `zoneDefaults`. */
export const transferShape = {
  notify: z.array(reference("Id.")).max(64).optional().meta({
    description: "Remotes that are told when the zone has changed (NOTIFY).",
    "x-type": "list of ids",
  }),
  allowTransfer: accessList("Who may fetch the zone (AXFR, IXFR).").optional(),
  allowNotify: accessList("Who may say that it has changed, beside the primaries.").optional(),
  allowUpdate: accessList("Who may change it by UPDATE; each needs a key.").optional(),
  transferSteered: oneOf(
    ["refuse", "flatten"],
    "What a transfer makes of steered names: the zone is refused, or all their endpoints are named.",
  ).optional(),
  strict: flag(
    "Whether a zone with warnings, as of mixed TTLs or missing glue, is refused like one with errors.",
  ).optional(),
};

/** A member of a catalog takes its data from primaries alone, and none of its names is steered. */
const { allowUpdate: _update, transferSteered: _steered, ...memberShape } = transferShape;

export const primariesField = (doc: string) =>
  z
    .array(reference("Id."))
    .min(1)
    .max(16)
    .optional()
    .meta({ description: doc, "x-type": "list of ids" });

const memberFields = (doc: string) =>
  z
    .strictObject({
      primaries: primariesField("Remotes that they are fetched from."),
      ...memberShape,
    })
    .meta({ description: doc });

export const catalogFields = z
  .strictObject({
    members: memberFields(
      "Settings of members; what is not said is as the catalog's own row has it.",
    ).default({}),
    groups: z
      .record(
        text({ max: 255, doc: "A value of the property `group`." }),
        memberFields("Settings of members of that group; what is not said is as in `members`."),
      )
      .default({})
      .meta({
        description:
          "Settings by value of the property `group`; of a member in several the first listed holds.",
      }),
  })
  .meta({ description: "The zone lists zones to serve (RFC 9432). `true` is short for `{}`." });

export const zoneDefaultsFields = z
  .strictObject(transferShape)
  .meta({ description: "What holds for each zone that does not say otherwise." });

export type KeyFields = z.infer<typeof keyFields>;
export type RemoteFields = z.infer<typeof remoteFields>;
export type AccessFields = z.infer<typeof accessFields>;
export type CatalogFields = z.infer<typeof catalogFields>;
export type ZoneDefaultsFields = z.infer<typeof zoneDefaultsFields>;
