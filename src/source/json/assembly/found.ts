/** What is found out about a row, by the place of its number among all of them. Positions are those in the memory. */
export const LINES = 0;
export const VALUE_END = 1;
export const ID_BEGIN = 2;
export const ID_END = 3;
/** Of messages; -1 where there are none to count. */
export const MESSAGE_COUNT = 4;
/** Of the number of its `lastActive`, and of the last `date` of a message: the end is 0 where there is none. */
export const ACTIVE_BEGIN = 5;
export const ACTIVE_END = 6;
export const DATE_BEGIN = 7;
export const DATE_END = 8;
/** Whether all of it is ASCII. */
export const IS_ASCII = 9;

/** How many numbers these are. */
export const count = 10;
