// Prints what a model in ONNX answers for given rows, one number a line:
//
//   node score.js MODEL ROWS COLUMNS BATCH...
//
// ROWS is a file of float32, little endian, row by row. BATCH is how many rows
// the runtime is given at a time; of several, each is another pass over the rows.
'use strict';

const fs = require('node:fs');
const ort = require('onnxruntime-node');

async function main(model, file, columns, ...batches) {
  const session = await ort.InferenceSession.create(model);
  const bytes = fs.readFileSync(file);
  const x = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  for (const batch of batches) {
    for (let at = 0; at < x.length; at += batch * columns) {
      const rows = x.slice(at, at + batch * columns);
      const { y } = await session.run({ x: new ort.Tensor('float32', rows, [rows.length / columns, columns]) });
      process.stdout.write(y.data.join('\n') + '\n');
    }
  }
}

const [model, file, ...numbers] = process.argv.slice(2);
main(model, file, ...numbers.map(Number)).catch((err) => {
  console.error(err);
  process.exitCode = 1;
});
