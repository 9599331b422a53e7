import { TrialError } from '../backtest/trial-values.js';
import { ConfigError } from '../config/error.js';
import { RelayError } from '../drill/relay.js';
import { ChromiumNotFoundError } from '../preview/chromium.js';
import { ToolNotFoundError } from '../processes/find.js';
import { PrometheusError } from '../prometheus/error.js';
import { OutputError } from '../renderers/output-folder.js';
import { PicturesError } from '../report/pictures.js';
import { RuleCaseError } from '../rule-cases/run.js';
import { FileSetError } from '../rule-files/file-set.js';
import { SideError } from '../rule-files/side.js';
import { LoadError } from '../verify/load.js';
import { PageError } from '../view/page-files.js';
import { UnreadableError } from '../view/read-dashboards.js';
import { UsageError } from './usage-error.js';

/** Errors that the user can fix: their message says all that is needed, and the exit code is 2. */
const EXPECTED = [
  ChromiumNotFoundError,
  ConfigError,
  LoadError,
  OutputError,
  PageError,
  PicturesError,
  PrometheusError,
  RelayError,
  RuleCaseError,
  SideError,
  FileSetError,
  ToolNotFoundError,
  UnreadableError,
  TrialError,
  UsageError,
];

/** Whether the message of an error is enough; a fault of ours shows its stack instead. */
export function isExpected(error: unknown): error is Error {
  return EXPECTED.some((kind) => error instanceof kind);
}
