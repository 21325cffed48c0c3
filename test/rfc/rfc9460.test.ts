// SPDX-License-Identifier: Apache-2.0
import { runScript } from "../support/script.ts";

runScript("rfc9460");
