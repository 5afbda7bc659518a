//! The app in a real browser: the main story with and without scripts, and every page held against axe (accessibility),
//! html-validate (markup) and its own width, at three sizes, in light and dark.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod checkers;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod story;
#[cfg(test)]
mod world;
