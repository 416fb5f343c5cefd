import { expect, test } from "vitest";
import { logsOf } from "./logsOf.ts";

test("what is looked at leads to its logs", () => {
  expect(logsOf("cluster", "shop:try")).toBe("shop:try");
  expect(logsOf("history", "shop")).toBe("shop");
  expect(logsOf("app", "shop/cart")).toBe("cart");
  expect(logsOf("workspace", "shop:main/ann")).toBe("shop:main");
  expect(logsOf("gateway", "")).toBe("gateway");
  expect(logsOf("host", "")).toBeNull();
  expect(logsOf("model", "openai/clever")).toBeNull();
});
