/** Words and constructions that are not plain engineering English, with what to write instead. */
export const AVOIDED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(?:tells?|told|telling)\b/i, 'report, show, notify or distinguish'],
  [/\b(?:somebody|nobody|anybody|everybody|whoever)\b/i, 'on-call, users, clients or no one'],
  [/\banew\b/i, 'again'],
  [/\bof (?:its|their|our|your) own\b/i, 'its own ..., or separate'],
  [/\bby (?:itself|themselves)\b/i, 'automatically, unexpectedly, or leave it out'],
  [/\b(?:could|can|cannot|not|to) be had\b/i, 'available'],
  [/\bwhat follows from\b/i, 'the effects of'],
  [/\bsays? so\b/i, 'states this'],
  [/\bfor want of\b/i, 'because there is no ...'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\b(?:wakes? nobody|wakes? (?:some|any)(?:body|one))\b/i, 'never pages, pages'],
  [/\b(?:asks|says) nothing\b/i, 'is not a question, has no information'],
  [/\bno (?:fault|expression|sentence|file|number|question|list) of (?:its|their) own\b/i, 'is not a ...'],
  [/\bin so many words\b/i, 'explicitly'],
  [/\bturn(?:s|ed|ing)? away\b/i, 'reject'],
  [/\bsays? it all\b|\b(?:is|are) (?:not|no) news\b/i, 'the plain reason'],
  [/\bnothing is known (?:of|about)\b|\bknows? of nothing\b/i, '... is unknown, ... does not know about ...'],
  [/\b(?:is|are) no (?:fault|burst|address|part)\b|, and no more\./i, 'is not a ..., is normal, only'],
  [/\b(?:goes|go|went) on (?:and|with)\b/i, 'continue'],
  [/\bnothing (?:resumes|pushes|will push)\b/i, '... does not resume, ... is not pushed'],
  [/\bwho else\?/i, 'Which other ...?'],
  [/\bgood (?:hour|quarter of an hour)\b/i, 'just over ...'],
  [/\bbesides?:/i, 'in addition'],
  [/\b(?:unborn|newborn|not born)\b/i, 'new, missing'],
  [/\b(?:is|are) at work\b/i, 'is working, is online'],
  [/\b(?:living|lives?|lived) on (?:its|their|the) replica\b/i, 'served from a replica'],
  [/\blongs? (?:than any night)\b|\bthan any night\b/i, 'longer than an overnight outage'],
  [
    /\b(?:one|group|page|fact|file|panel|line|rule|alert|test|mark|row) an? (?:second|minute|hour|day|week|month|file|alert|line|signal|relay|rule|run|scrape)\b/i,
    'per',
  ],
  // A relative clause as the subject: “What the exporter lists it must expose.”
  [
    /(?:^|[.!:] )What (?:the|a|an|no|is) [^?.]*,? (?:it|they|a site|the exporter) (?:must|may|has|have|declares|is|are)\b/,
    'a noun as the subject',
  ],
  [
    /(?:^|[.!:] )(?:What|Who|Whoever) (?:is|was|no|only) [^?.,:]* (?:cannot|can|must|does|takes|is)\b/,
    'a noun as the subject',
  ],
];

/** Texts that may contain a pattern, at most ten. */
export const ALLOWED: readonly { readonly file: string; readonly text: string; readonly reason: string }[] =
  [];
