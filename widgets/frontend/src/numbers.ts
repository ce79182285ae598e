// The functions of Math by name: the build makes a bare name short, and leaves a property as it is.

export const { abs, ceil, exp, floor, max, min, round, sign } = Math;
