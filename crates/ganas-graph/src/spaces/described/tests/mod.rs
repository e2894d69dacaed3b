mod both;
mod builtin;
mod mistakes;
mod random;
