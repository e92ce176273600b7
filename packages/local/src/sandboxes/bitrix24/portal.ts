import type { RecordStore } from "../record-store.ts";

/** A system object type: its number in `entityTypeId`, its records' type in the store, its name in events. */
export interface ItemType {
  readonly entityTypeId: number;
  readonly type: "lead" | "deal" | "contact" | "company";
}

export const itemTypes: readonly ItemType[] = [
  { entityTypeId: 1, type: "lead" },
  { entityTypeId: 2, type: "deal" },
  { entityTypeId: 3, type: "contact" },
  { entityTypeId: 4, type: "company" },
];

/** What the portal is, beside its records. Tests may change the switches while the sandbox runs. */
export interface BitrixPortal {
  readonly memberId: string;
  readonly applicationToken: string;
  readonly host: string;
  readonly url: string;
  readonly userId: number;
  /** False: the plan has no REST API. */
  paid: boolean;
  /** Seconds that one call of a method counts towards its `operating`; 0.02 where it is not named. */
  readonly operatingSeconds: Map<string, number>;
  /** How long a new record is missing from filters by ORIGIN_ID. */
  searchLagMs: number;
}

/** The portal's time zone is Moscow's: `2026-11-23T20:15:00+03:00`, without fractions. */
export const portalTime = (ms: number): string =>
  `${new Date(Math.floor(ms / 1_000) * 1_000 + 10_800_000).toISOString().slice(0, 19)}+03:00`;

/** Values in upper case for the methods that are older than `crm.item.*`: `assignedById` becomes `ASSIGNED_BY_ID`. */
export const upperName = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/gu, "$1_$2").toUpperCase();

/** What every portal begins with: two users, the common pipeline of deals with its stages. */
export const seedPortal = (store: RecordStore, userId: number): void => {
  store.add(
    "user",
    { NAME: "Анна", LAST_NAME: "Смирнова", EMAIL: "anna@example.test", ACTIVE: true },
    { id: String(userId) },
  );
  store.add(
    "user",
    { NAME: "Ben", LAST_NAME: "Carter", EMAIL: "ben@example.test", ACTIVE: true },
    { id: String(userId + 1) },
  );
  store.add("category", { entityTypeId: 2, name: "Общая", sort: 300, isDefault: "Y" }, { id: "0" });
  const stage = (id: number, statusId: string, name: string, semantics: string | null): void => {
    store.add(
      "status",
      {
        ENTITY_ID: "DEAL_STAGE",
        STATUS_ID: statusId,
        NAME: name,
        SORT: String(id),
        SEMANTICS: semantics,
        CATEGORY_ID: "0",
      },
      { id: String(id) },
    );
  };
  stage(10, "NEW", "Новая", null);
  stage(20, "PREPARATION", "Подготовка документов", null);
  stage(30, "WON", "Сделка успешна", "S");
  stage(40, "LOSE", "Сделка провалена", "F");
};
