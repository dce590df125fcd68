// Calls of AWS's SDK for JavaScript v3, written down as JSON, made by the SDK.
//
//   echo '[{"service": "sagemaker", "operation": "ListNotebookInstances", "input": {}}]' | node calls.mjs
//
// Credentials, region and endpoint come from the usual variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
// AWS_REGION, AWS_ENDPOINT_URL. What the calls came to is printed as one JSON array. With "pages": true a call is made
// by the SDK's paginator, and its output is a list.

import * as athena from "@aws-sdk/client-athena";
import * as sagemaker from "@aws-sdk/client-sagemaker";
import { text } from "node:stream/consumers";

const clients = {
  athena: [athena, new athena.AthenaClient({ maxAttempts: 1 })],
  sagemaker: [sagemaker, new sagemaker.SageMakerClient({ maxAttempts: 1 })],
};

async function outputOf({ service, operation, input, pages }) {
  const [sdk, client] = clients[service];
  if (!pages) {
    const { $metadata, ...output } = await client.send(new sdk[`${operation}Command`](input));
    return { output, status: $metadata.httpStatusCode, requestId: $metadata.requestId };
  }
  const output = [];
  for await (const { $metadata, ...page } of sdk[`paginate${operation}`]({ client }, input)) {
    output.push(page);
  }
  return { output };
}

async function made(call) {
  try {
    return await outputOf(call);
  } catch (error) {
    const { name, message, $metadata } = error;
    return { error: { name, message, status: $metadata?.httpStatusCode, requestId: $metadata?.requestId } };
  }
}

const results = [];
for (const call of JSON.parse(await text(process.stdin))) {
  results.push(await made(call));
}
process.stdout.write(JSON.stringify(results));
