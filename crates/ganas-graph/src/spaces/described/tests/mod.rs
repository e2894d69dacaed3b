mod builtin;
mod mistakes;
mod random;
