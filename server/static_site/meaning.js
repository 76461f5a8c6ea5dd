// The vector of a question: the sum of those of its words, which the export told (server/site_meaning.py).

import { holding, plan } from "./pieces.js";

// The sum of what each token means, nothing for one that is not known; of no certain length.
export async function meaning(tokens) {
  const { dim } = await plan(), sum = new Float32Array(dim), words = [...new Set(tokens)];
  const held = await Promise.all(words.map((word) => holding("meanings", word)));
  words.forEach((word, i) => {
    if (!Object.hasOwn(held[i], word)) return;
    const [unit, packed] = held[i][word], bytes = atob(packed);
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes.charCodeAt(at);
      sum[2 * at] += unit * ((byte >> 4) - 8);
      sum[2 * at + 1] += unit * ((byte & 15) - 8);
    }
  });
  return sum;
}
