// What the popup says, in the browser's language.

const WORDS = {
  en: {
    saving: "Saving this page…",
    saved: "Saved: {n} characters. The next build indexes it.",
    savedUnlisted: "Saved: {n} characters. None of your lists links to it yet.",
    failed: "Not saved: {why}",
    unreadable: "This page cannot be read by an extension. Save it as a file, then run: nextread save FILE --url ADDRESS",
    unreachable: "nextread does not answer at 127.0.0.1:{port}. Start it with: nextread serve",
    unknown: "In none of your lists.",
    port: "Port of nextread serve",
    token: "Token",
    where: "Open nextread in this browser: the Tools tab shows the token.",
    connect: "Connect",
    refused: "That token is not the one the Tools tab shows.",
    alike: "What else is like this?",
    nothing: "Nothing in your lists is like it.",
    beginner: "beginner", intermediate: "intermediate", advanced: "advanced",
    "full text": "full text", abstract: "abstract", transcript: "transcript", "list note": "its list's note only",
  },
  zh: {
    saving: "正在保存本页……",
    saved: "已保存 {n} 个字符，下次构建时编入索引。",
    savedUnlisted: "已保存 {n} 个字符。你的书单里还没有这一页。",
    failed: "未保存：{why}",
    unreadable: "扩展无法读取此页。请先存成文件，再运行：nextread save 文件 --url 网址",
    unreachable: "127.0.0.1:{port} 上的 nextread 没有应答。请运行：nextread serve",
    unknown: "不在你的任何书单里。",
    port: "nextread serve 的端口",
    token: "令牌",
    where: "在本浏览器中打开 nextread，「工具」页上有令牌。",
    connect: "连接",
    refused: "令牌与「工具」页上的不符。",
    alike: "还有哪些与此相似？",
    nothing: "书单里没有相似的内容。",
    beginner: "入门", intermediate: "进阶", advanced: "高级",
    "full text": "全文", abstract: "摘要", transcript: "字幕", "list note": "只有书单里的话",
  },
};

const said = WORDS[navigator.language.slice(0, 2)] || WORDS.en;

export function t(name, values = {}) {
  return (said[name] || name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}
