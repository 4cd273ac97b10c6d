// A phone's photo has ten megabytes; a hundredth of it shows a broken cup. It goes up over HTTP, once.
const LONGEST_SIDE = 1600;
const SMALL_ENOUGH = 300_000;

const pictureOf = (source) => new Promise((done, failed) => {
  const picture = new Image();
  Object.assign(picture, {onload: () => done(picture), onerror: failed, src: source});
});
const blobOf = (canvas) => new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.82); });
const urlOf = (blob) => new Promise((done, failed) => {
  const reader = new FileReader();
  Object.assign(reader, {onload: () => done(reader.result), onerror: failed});
  reader.readAsDataURL(blob);
});

// The picture as a data: address that is small enough to send; the same one if it is so already.
const shrunk = async (source) => {
  if (source.length < SMALL_ENOUGH) return source;
  const picture = await pictureOf(source);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.naturalWidth, picture.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(picture.naturalHeight * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";  // JPEG knows no transparency
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return urlOf(await blobOf(canvas));
};

// The id of the stored file, or the reason why there is none: `again` if it is worth another try.
const upload = async (source) => {
  const [head, data] = source.split(",");
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  try {
    const answer = await fetch(new URL("files", HERE), {
      method: "POST",
      headers: {Authorization: `Bearer ${session.get()}`},
      body: new Blob([bytes], {type: head.slice(5).split(";")[0]}),
    });
    const told = await answer.json();
    if (answer.ok) return {id: told.id};
    return answer.status >= 500 ? {error: "again"} : {error: told.error};
  } catch {
    return {error: "again"};
  }
};
