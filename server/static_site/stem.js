// English stems as Snowball makes them (Porter 2001, "English (Porter2)", as of Snowball 3): a table
// of the words of a large collection would weigh a megabyte. A test compares it with Python's.

const VOWEL = "[aeiouy]", OTHER = "[^aeiouy]";
const WHOLE = { skis: "ski", skies: "sky", idly: "idl", gently: "gentl", ugly: "ugli", early: "earli", only: "onli", singly: "singl" };
const KEPT = new Set(["sky", "news", "howe", "atlas", "cosmos", "bias", "andes"]);
const STOPPED = new Set(["inning", "outing", "canning", "herring", "earring", "evening", "proceed", "exceed", "succeed"]);
const LONG_HEADS = /^(?:gener|commun|arsen|past|univers|later|emerg|organ|inter)/;
const REGION = new RegExp(`^.*?${VOWEL}${OTHER}`);
const SHORT = new RegExp(`(?:[^aeiouy]${VOWEL}[^aeiouywxY]|^${VOWEL}${OTHER}|^past)$`);
const HAS_VOWEL = new RegExp(VOWEL);

// Longest ending first. A name is what stands for it; a pattern what must stand before it.
const SECOND = rules({ tional: "tion", enci: "ence", anci: "ance", abli: "able", entli: "ent", izer: "ize", ization: "ize", ational: "ate", ation: "ate", ator: "ate",
  alism: "al", aliti: "al", alli: "al", fulness: "ful", ousli: "ous", ousness: "ous", iveness: "ive", iviti: "ive", biliti: "ble", bli: "ble", fulli: "ful", lessli: "less",
  ogi: ["og", /l$/], ogist: "og", li: ["", /[cdeghkmnrt]$/] });
const THIRD = rules({ tional: "tion", ational: "ate", alize: "al", icate: "ic", iciti: "ic", ical: "ic", ful: "", ness: "", ative: ["", "R2"] });
const FOURTH = rules({ al: "", ance: "", ence: "", er: "", ic: "", able: "", ible: "", ant: "", ement: "", ment: "", ent: "", ism: "", ate: "", iti: "", ous: "", ive: "", ize: "", ion: ["", /[st]$/] });

function rules(table) {
  return Object.entries(table).sort((a, b) => b[0].length - a[0].length).map(([end, to]) => [end, ...[to].flat()]);
}

function replaced(word, table, region, second) {
  for (const [end, to, when] of table) {
    if (!word.endsWith(end)) continue;
    const left = word.slice(0, -end.length);
    const fits = left.length >= region && (when === "R2" ? left.length >= second : !when || when.test(left));
    return fits ? left + to : word;
  }
  return word;
}

function regions(word) {
  const after = (from) => { const found = REGION.exec(word.slice(from)); return found ? from + found[0].length : word.length; };
  const first = LONG_HEADS.exec(word)?.[0].length ?? after(0);
  return [first, after(first)];
}

function singular(word) {
  if (word.endsWith("sses")) return word.slice(0, -2);
  if (/ie[ds]$/.test(word)) return word.slice(0, word.length > 4 ? -2 : -1);
  if (/[us]s$/.test(word) || !word.endsWith("s")) return word;
  return HAS_VOWEL.test(word.slice(0, -2)) ? word.slice(0, -1) : word;
}

function present(word, first) {
  const eed = /eed(?:ly)?$/.exec(word);
  if (eed) return eed.index >= first && !/^(?:proc|exc|succ)$/.test(word.slice(0, eed.index)) ? `${word.slice(0, eed.index)}ee` : word;
  const ended = /(?:ed|ing)(?:ly)?$/.exec(word);
  const left = ended && word.slice(0, ended.index);
  if (!left || !HAS_VOWEL.test(left)) return word;
  if (ended[0] === "ing" && /^[^aeiouy]y$/.test(left)) return `${left[0]}ie`;
  if (/(?:at|bl|iz)$/.test(left)) return `${left}e`;
  if (/(bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(left)) return /^[aeo]..$/.test(left) ? left : left.slice(0, -1);
  return left.length <= first && SHORT.test(left) ? `${left}e` : left;
}

export function stem(whole) {
  if (whole.length < 3 || KEPT.has(whole)) return whole;
  if (Object.hasOwn(WHOLE, whole)) return WHOLE[whole];
  let word = whole.replace(/^y/, "Y").replace(/([aeiouy])y/g, "$1Y");
  const [first, second] = regions(word);
  word = singular(word);
  if (!STOPPED.has(word)) {
    word = present(word, first).replace(/(.[^aeiouy])[yY]$/, "$1i");
    word = replaced(replaced(word, SECOND, first), THIRD, first, second);
    word = replaced(word, FOURTH, second);
    const left = word.slice(0, -1);
    if (word.endsWith("e") ? left.length >= second || (left.length >= first && !SHORT.test(left)) : word.endsWith("ll") && left.length >= second) word = left;
  }
  return word.replaceAll("Y", "y");
}
