// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.

export const SEGMENT_KIND_DIRECTORY = 0x415a0001;
export const SEGMENT_KIND_INDEX_SHARD = 0x415a0002;
export const SEGMENT_KIND_ZONE = 0x415a0003;
export const SEGMENT_KIND_ZONE_SHARD = 0x415a0004;
export const SEGMENT_KIND_MAP = 0x415a0005;
export const SEGMENT_KIND_STEERING = 0x415a0006;
export const SEGMENT_KIND_DENIAL = 0x415a0007;

export const ZONE_FLAG_EXPIRED = 1;
export const ZONE_FLAG_SIGNED = 2;
export const ZONE_FLAG_NSEC = 4;
export const ZONE_FLAG_NSEC3 = 8;
export const ZONE_FLAG_HINTS = 16;

export const NODE_FLAG_APEX = 1;
export const NODE_FLAG_CUT = 2;
export const NODE_FLAG_WILDCARD_CHILD = 4;
export const NODE_FLAG_OCCLUDED = 8;
export const NODE_FLAG_ALIAS = 16;
export const NODE_FLAG_DNAME = 32;

export const RRSET_FLAG_STEERED = 1;
export const RRSET_FLAG_ADDITIONAL = 2;
export const RRSET_FLAG_SIGNED = 4;
export const RRSET_FLAG_HINTS = 8;

export const LEAF_LAYER_DEFAULT = 0;
export const LEAF_LAYER_CONTINENT = 1;
export const LEAF_LAYER_COUNTRY = 2;
export const LEAF_LAYER_SUBDIVISION = 3;
export const LEAF_LAYER_CITY = 4;
export const LEAF_LAYER_ASN = 5;
export const LEAF_LAYER_NETWORK = 6;
export const LEAF_LAYER_PRIVATE = 7;

export const POLICY_FLAG_IGNORE_ECS = 1;

export const ENDPOINT_FLAG_V4 = 1;
export const ENDPOINT_FLAG_V6 = 2;
export const ENDPOINT_FLAG_CNAME = 4;

export const PICKER_RENDEZVOUS = 0;
export const PICKER_WRR = 1;
export const PICKER_RANDOM = 2;
export const PICKER_INDEPENDENT = 3;
export const PICKER_ALL = 4;

export const ALL_DOWN_ALL = 0;
export const ALL_DOWN_NONE = 1;
export const ALL_DOWN_SERVFAIL = 2;

export const PLAN_STATE_NORMAL = 0;
export const PLAN_STATE_DEGRADED = 1;
export const PLAN_STATE_ALL_DOWN = 2;
export const PLAN_STATE_RECOVERING = 3;

export const READER_STATE_ABSENT = 0;
export const READER_STATE_STARTING = 1;
export const READER_STATE_SERVING = 2;
export const READER_STATE_STOPPED = 3;

export const TRANSPORT_UDP = 0;
export const TRANSPORT_TCP = 1;
export const TRANSPORT_TLS = 2;
export const TRANSPORT_HTTPS = 3;

export const SLOT_FLAG_VALID_COOKIE = 1;

export const SETTINGS_FLAG_DEMAND_COOKIE = 1;
export const SETTINGS_FLAG_EXTENDED_ERRORS = 2;
export const SETTINGS_FLAG_SLOW_EXPIRE = 4;

export const IDENTITY_MARK_WORKER = 1;
export const IDENTITY_MARK_REVISION = 2;

export const LIMIT_MODE_OFF = 0;
export const LIMIT_MODE_DRY = 1;
export const LIMIT_MODE_ON = 2;

export const REQUEST_ACTION_TRUNCATE = 0;
export const REQUEST_ACTION_REFUSE = 1;
export const REQUEST_ACTION_SERVFAIL = 2;

export const VERDICT_OK = 0;
export const VERDICT_DROP = 1;
export const VERDICT_FORMERR = 2;
export const VERDICT_NOTIMP = 3;
export const VERDICT_REFUSED = 4;
export const VERDICT_SLOW = 5;
export const VERDICT_BADVERS = 6;
export const VERDICT_SERVFAIL = 7;
export const VERDICT_PROBE = 8;
export const VERDICT_BADCOOKIE = 9;

/** Hash of the whole layout. Equal on both sides, or they do not share memory. */
export const FINGERPRINT = 0xf6072020;
