import { expect, test } from "vitest";
import { roleOf, type Session } from "./session.ts";

const somebody = (role: Session["role"], members_only: boolean, projects: Session["projects"] = {}) => ({
  role,
  members_only,
  projects,
});

test("who is kept to memberships has no role elsewhere", () => {
  const user = somebody("user", true, { shop: "admin" });
  expect(roleOf(user, "shop")).toBe("admin");
  expect(roleOf(user, "blog")).toBeNull();
  expect(roleOf(user)).toBe("user");
});

test("who is not has the higher of both", () => {
  expect(roleOf(somebody("viewer", false, { shop: "user" }), "shop")).toBe("user");
  expect(roleOf(somebody("admin", false, { shop: "viewer" }), "shop")).toBe("admin");
  expect(roleOf(somebody("viewer", false), "blog")).toBe("viewer");
});
