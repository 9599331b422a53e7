import { writeEvidence } from './evidence.js';

// npm run evidence: after a change of rules or of their cases, without trying the mutants.
writeEvidence();
