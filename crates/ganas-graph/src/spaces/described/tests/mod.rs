mod both;
mod builtin;
mod hostile;
mod mistakes;
mod random;
