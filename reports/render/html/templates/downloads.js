// --- Files to download: unpacked here, since they are embedded compressed ---

async function unpacked(button) {
  const bytes = Uint8Array.from(atob(button.dataset.gzip), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Blob([await new Response(stream).arrayBuffer()], { type: button.dataset.kind });
}

for (const line of document.querySelectorAll(".downloads")) {
  line.hidden = false;
  line.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (button === null) return;
    const href = URL.createObjectURL(await unpacked(button));
    make("a", { href, download: button.dataset.name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  });
}
