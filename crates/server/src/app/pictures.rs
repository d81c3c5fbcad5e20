//! Pictures of resources: taken in, shown, taken away; floor plans take theirs in the same way. What somebody sends is decoded within limits and written anew, so
//! that nothing of it stays but the pixels: no place where it was taken, no name of a camera, no second file inside.

use std::io::Cursor;

use bronya_domain::command::{Command, Edit, Targeted, UpdateResource};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::ResourceId;
use bronya_domain::profile::{Picture, ProfileEdit};
use bronya_domain::refusal::Refusal;
use bronya_domain::resource::Resource;
use bronya_store::{pictures, resources};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, RgbImage};
use tokio::sync::Semaphore;

use super::resources::as_seen;
use super::{App, AppError, Caller, Result, outcome, read_as};

/// Pixels of a picture that comes in.
pub const PIXELS_MAX: u64 = 25_000_000;
/// Its width, and its height, in pixels.
pub const SIDE_MAX: u32 = 10_000;
/// The width, and the height, in pixels of a picture as it is kept; a larger one is made smaller.
pub const KEPT_SIDE_MAX: u32 = 1_600;
/// Bytes that decoding one picture may take.
const DECODING_BYTES_MAX: u64 = 160 * 1_024 * 1_024;
/// The quality of the JPEG that is kept, of 100.
const QUALITY: u8 = 82;

/// Pictures that are worked on at the same time, and those and the ones that wait.
static WORKERS: Semaphore = Semaphore::const_new(2);
static ADMITTED: Semaphore = Semaphore::const_new(10);

/// Why a picture can't be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureProblem {
    /// It is not of the format that it is said to be.
    AnotherFormat,
    /// More pixels than [`PIXELS_MAX`], or wider or higher than [`SIDE_MAX`].
    TooManyPixels,
    /// It can't be decoded.
    Broken,
}

/// Refuses whoever does not manage the resource, before anything large is read.
pub async fn may_change(app: &App, caller: &Caller, id: ResourceId) -> Result<()> {
    read_as!(app, caller, |tx, principal| {
        resources::known(tx, principal, id).await?.ok_or(Refusal::ResourceNotFound)?;
        let manages = principal.is_admin() || resources::manages(tx, id, principal.user).await?;
        if manages { Ok(()) } else { Err(AppError::Forbidden) }
    })
}

/// Gives a resource a picture, in the place of the one that it has.
pub async fn put(
    app: &App,
    caller: &Caller,
    target: Targeted<ResourceId>,
    format: ImageFormat,
    sent: impl AsRef<[u8]> + Send + 'static,
    alt: Option<String>,
) -> Result<Resource> {
    let picture = keep(app, format, sent, alt).await?;
    change(app, caller, target, Some(picture)).await
}

/// Keeps a picture that something is about to be given; it goes again if that comes to nothing.
pub(super) async fn keep(
    app: &App,
    format: ImageFormat,
    sent: impl AsRef<[u8]> + Send + 'static,
    alt: Option<String>,
) -> Result<Picture> {
    let (bytes, width, height) = anew(format, sent).await?;
    let now = app.clock.now();
    let id = app
        .store
        .write(move |tx| Box::pin(async move { Ok::<_, AppError>(pictures::put(tx, bytes, now).await?) }))
        .await?;
    Ok(Picture { id, alt, width, height })
}

/// Takes a resource's picture away.
pub async fn delete(app: &App, caller: &Caller, target: Targeted<ResourceId>) -> Result<()> {
    change(app, caller, target, None).await.map(drop)
}

async fn change(
    app: &App,
    caller: &Caller,
    target: Targeted<ResourceId>,
    picture: Option<Picture>,
) -> Result<Resource> {
    let profile = ProfileEdit { picture: Some(picture), ..ProfileEdit::default() };
    let command = Command::UpdateResource(UpdateResource { target, edit: Edit { profile, ..Edit::default() } });
    match outcome(app.submit(caller, command, None).await)? {
        Outcome::Resource(resource) => as_seen(app, caller, resource).await,
        other => Err(AppError::internal(format!("a resource was expected, and not {other:?}"))),
    }
}

/// What is said of the picture of a resource that the caller may know of, and, unless it `is_known` already, its bytes.
pub async fn show(
    app: &App,
    caller: &Caller,
    id: ResourceId,
    is_known: impl FnOnce(&Picture) -> bool + Send + 'static,
) -> Result<(Picture, Option<Vec<u8>>)> {
    read_as!(app, caller, |tx, principal| {
        let resource = resources::known(tx, principal, id).await?.ok_or(Refusal::ResourceNotFound)?;
        let picture = resource.attributes.profile.picture.ok_or(AppError::PictureNotFound)?;
        let bytes = if is_known(&picture) { None } else { pictures::bytes(tx, picture.id).await? };
        Ok((picture, bytes))
    })
}

/// The picture as it is kept, with its width and height: computed on a thread of its own, a few at a time.
async fn anew(format: ImageFormat, sent: impl AsRef<[u8]> + Send + 'static) -> Result<(Vec<u8>, u32, u32)> {
    let admitted = ADMITTED.try_acquire().map_err(|_| AppError::Overloaded)?;
    let worker = WORKERS.acquire().await.map_err(|_| AppError::Overloaded)?;
    let done = tokio::task::spawn_blocking(move || {
        // Given back when the work is done, not when the caller gives up.
        let _turn = (admitted, worker);
        rewritten(format, sent.as_ref())
    });
    let done = done.await.map_err(|error| AppError::internal(format!("a picture came to nothing: {error}")))?;
    done.map_err(AppError::PictureRefused)
}

fn rewritten(format: ImageFormat, sent: &[u8]) -> std::result::Result<(Vec<u8>, u32, u32), PictureProblem> {
    if image::guess_format(sent).ok() != Some(format) {
        return Err(PictureProblem::AnotherFormat);
    }
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE_MAX), Some(SIDE_MAX));
    limits.max_alloc = Some(DECODING_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(sent), format);
    reader.limits(limits);
    let refused = |error: &image::ImageError| match error {
        image::ImageError::Limits(_) => PictureProblem::TooManyPixels,
        _ => PictureProblem::Broken,
    };
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    // The head says how large it is: what is too large is refused before there is room made for it.
    let (width, height) = decoder.dimensions();
    if SIDE_MAX < width.max(height) || PIXELS_MAX < u64::from(width) * u64::from(height) {
        return Err(PictureProblem::TooManyPixels);
    }
    let orientation = decoder.orientation().map_err(|_| PictureProblem::Broken)?;
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    if KEPT_SIDE_MAX < width.max(height) {
        decoded = decoded.thumbnail(KEPT_SIDE_MAX, KEPT_SIDE_MAX);
    }
    // Which side is up stood in what is thrown away.
    decoded.apply_orientation(orientation);
    let flat = on_white(&decoded);
    let (width, height) = flat.dimensions();
    let mut kept = Vec::new();
    JpegEncoder::new_with_quality(&mut kept, QUALITY).encode_image(&flat).map_err(|_| PictureProblem::Broken)?;
    Ok((kept, width, height))
}

/// The picture without transparency: JPEG knows none.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let with_alpha = picture.to_rgba8();
    let (width, height) = with_alpha.dimensions();
    RgbImage::from_fn(width, height, |x, y| {
        let [red, green, blue, alpha] = with_alpha.get_pixel(x, y).0;
        let over = |colour: u8| {
            let mixed = u16::from(colour) * u16::from(alpha) + 255 * (255 - u16::from(alpha));
            u8::try_from(mixed / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([over(red), over(green), over(blue)])
    })
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    fn sample(width: u32, height: u32) -> DynamicImage {
        let mut picture = image::RgbaImage::from_pixel(width, height, Rgba([200, 30, 30, 255]));
        picture.put_pixel(0, 0, Rgba([0, 0, 0, 0]));
        picture.into()
    }

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture.clone() };
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_format_becomes_a_jpeg_of_the_same_pixels() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let (kept, width, height) = rewritten(format, &encoded(&sample(40, 20), format)).unwrap();
            assert_eq!((width, height), (40, 20), "{format:?}");
            assert_eq!(image::guess_format(&kept).unwrap(), ImageFormat::Jpeg);
            let back = image::load_from_memory(&kept).unwrap().to_rgb8();
            let [red, green, blue] = back.get_pixel(30, 15).0;
            assert!(
                red.abs_diff(200) < 12 && green.abs_diff(30) < 12 && blue.abs_diff(30) < 12,
                "{format:?} {red} {green} {blue}"
            );
        }
        // What is seen through is white.
        let clear = DynamicImage::from(image::RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0])));
        let (kept, ..) = rewritten(ImageFormat::Png, &encoded(&clear, ImageFormat::Png)).unwrap();
        assert!(image::load_from_memory(&kept).unwrap().to_rgb8().pixels().all(|it| it.0.iter().all(|it| *it > 250)));
    }

    #[test]
    fn what_is_large_is_made_smaller_and_what_is_too_large_is_refused() {
        let (_, width, height) = rewritten(ImageFormat::Png, &encoded(&sample(3_200, 100), ImageFormat::Png)).unwrap();
        assert_eq!((width, height), (1_600, 50));
        // Heads that announce more than comes: nobody makes room for it.
        for (width, height) in [(50_000_u32, 50_000_u32), (10_001, 1), (9_000, 9_000), (u32::MAX >> 1, 1)] {
            let mut bomb = encoded(&sample(4, 4), ImageFormat::Png);
            bomb[16..20].copy_from_slice(&width.to_be_bytes());
            bomb[20..24].copy_from_slice(&height.to_be_bytes());
            let crc = crc32(&bomb[12..29]);
            bomb[29..33].copy_from_slice(&crc.to_be_bytes());
            assert_eq!(rewritten(ImageFormat::Png, &bomb), Err(PictureProblem::TooManyPixels), "{width} {height}");
        }
    }

    /// The checksum of PNG's chunks.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
        })
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let png = encoded(&sample(40, 20), ImageFormat::Png);
        assert_eq!(rewritten(ImageFormat::Jpeg, &png), Err(PictureProblem::AnotherFormat));
        assert_eq!(
            rewritten(ImageFormat::Png, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            Err(PictureProblem::AnotherFormat)
        );
        assert_eq!(rewritten(ImageFormat::Png, b""), Err(PictureProblem::AnotherFormat));
        assert_eq!(rewritten(ImageFormat::Png, b"GIF89a"), Err(PictureProblem::AnotherFormat));
        assert_eq!(rewritten(ImageFormat::Png, &png[..png.len() / 2]), Err(PictureProblem::Broken));
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let whole = encoded(&sample(64, 64), format);
            for cut in (12..whole.len()).step_by(7) {
                // Some decoders make do with less; none may panic.
                let _ = rewritten(format, &whole[..cut]);
                let mut bent = whole.clone();
                bent[cut] ^= 0xFF;
                let _ = rewritten(format, &bent);
            }
        }
    }

    #[test]
    fn nothing_stays_but_the_pixels_and_the_right_side_up() {
        let mut jpeg = encoded(&sample(40, 20), ImageFormat::Jpeg);
        // An EXIF segment with one entry: orientation 6, a quarter turn to the right; and a word that must not stay.
        let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        exif.extend_from_slice(b"taken at home");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let segment: Vec<u8> = [0xFF, 0xE1].into_iter().chain(length).chain(exif).collect();
        jpeg.splice(2..2, segment);
        let (kept, width, height) = rewritten(ImageFormat::Jpeg, &jpeg).unwrap();
        assert_eq!((width, height), (20, 40));
        for word in [&b"Exif"[..], b"taken at home"] {
            assert!(!kept.windows(word.len()).any(|it| it == word));
        }
    }
}
