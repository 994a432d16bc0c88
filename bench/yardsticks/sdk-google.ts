/** Google's own credentials by themselves, without a token endpoint as its own client has it, and one secret by REST. */
import { GoogleAuth, JWT } from "google-auth-library";
import { printValue } from "../print-value.ts";

printValue(async () => {
  const client = await new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" }).getClient();
  if (client instanceof JWT) client.useJWTAccessWithScope = true;
  const url = "https://secretmanager.googleapis.com/v1/projects/app/secrets/db/versions/latest:access";
  const { data } = await client.request<{ payload?: { data?: string } }>({ url });
  return data.payload?.data;
});
