/**
 * The Redis version whose behaviour is matched: what INFO and HELLO answer. Client libraries and test suites decide by it
 * what they may ask for.
 */
export const REDIS_VERSION = '7.0.15';
