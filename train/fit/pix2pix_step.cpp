#include "train/fit/pix2pix_step.h"

namespace train {
namespace {

/// How far the logits are from the label "real" (1) or "fake" (0).
nn::Var judged(AdversarialLoss loss, const nn::Var& logits, double label) {
  return loss == AdversarialLoss::vanilla ? nn::bce_with_logits(logits, label)
                                          : nn::least_squares_loss(logits, label);
}

/// The image that the generator corrects: the first channels of what it is given beside its input.
nn::Var corrected(const nn::Tensor& base, nn::index channels) {
  if (base.empty()) return {};
  return nn::Var(base.shape().c == channels ? base : models::channels_of(base, 0, channels));
}

/// What the discriminator looks at; see StepSettings::judged_gain.
nn::Var shown(const nn::Var& image, const nn::Var& base, double gain) {
  return gain == 0 ? image : nn::scale(nn::add(image, nn::scale(base, -1)), gain);
}

/// 0 for a term that this step has not.
double value(const nn::Var& loss) { return loss ? static_cast<double>(loss.value().item()) : 0; }

/// |sum of the errors in bone| / all pixels: errors of one sign there, of whatever pixel.
nn::Var shift(const nn::Var& fake, const nn::Var& truth, const nn::Tensor& bone) {
  const nn::Var error = nn::add(fake, nn::scale(truth, -1));
  const nn::Var mean = nn::weighted_mean(error, bone);
  return nn::add(nn::relu(mean), nn::relu(nn::scale(mean, -1)));
}

template <class Network>
Network initialised(Network network, std::uint64_t seed) {
  network.initialise(seed);
  return network;
}

}  // namespace

Pix2Pix::Pix2Pix(const models::UNetConfig& generator, const models::PatchGanConfig& discriminator,
                 const nn::AdamOptions& adam, std::uint64_t seed)
    : generator_(initialised(models::UNet(generator), seed)),
      discriminator_(initialised(models::PatchGan(discriminator), seed)),
      generator_adam_(generator_.parameters(), adam),
      discriminator_adam_(discriminator_.parameters(), adam) {}

StepLosses Pix2Pix::step(const Batch& batch, const StepSettings& s, nn::SharedBatch* shared) {
  const nn::InSharedBatch part(shared);
  const nn::Var input(batch.input);
  const nn::Var truth(batch.target);
  const nn::Var given = batch.base.empty() ? nn::Var() : nn::Var(batch.base);
  const nn::Var base = corrected(batch.base, batch.target.shape().c);
  const bool adversarial = s.adversarial_weight > 0;
  nn::Var real, caught, fooled;

  // D: real looks real. Its tape is gone before the generator's begins, so they never share memory.
  if (adversarial) {
    const nn::Var on_real =
        discriminator_.forward(shown(truth, base, s.judged_gain), input, nn::NormMode::train);
    real = judged(s.loss, on_real, 1);
    nn::backward(nn::scale(real, s.discriminator_weight), discriminator_adam_.targets());
  }

  const nn::Var fake = generator_.forward(input, given, s.pass);
  const nn::Var l1 = nn::l1_loss(fake, truth);
  const nn::Var distance = s.pixel_loss == PixelLoss::l1 ? l1 : nn::mse_loss(fake, truth);
  nn::Var generator_loss = nn::scale(distance, s.l1_weight);
  if (!batch.bone.empty()) {
    generator_loss =
        nn::add(generator_loss, nn::scale(shift(fake, truth, batch.bone), s.bone_shift_weight));
  }

  if (adversarial) {
    // D: fake looks fake. The walk back ends at D's own parameters, where it adds to what the real
    // one left; the tape stays for the generator, which goes through the same pass on the fake.
    const nn::Var on_fake =
        discriminator_.forward(shown(fake, base, s.judged_gain), input, nn::NormMode::train);
    caught = judged(s.loss, on_fake, 0);
    nn::backward(nn::scale(caught, s.discriminator_weight), discriminator_adam_.targets(),
                 {.retain = true, .add = true});

    // G: the fake looks real to D, and is near the truth.
    fooled = judged(s.loss, on_fake, 1);
    generator_loss = nn::add(nn::scale(fooled, s.adversarial_weight), generator_loss);
  }
  nn::backward(generator_loss, generator_adam_.targets());
  if (shared != nullptr) shared->finish();

  generator_adam_.step(s.generator_rate);
  if (adversarial) discriminator_adam_.step(s.discriminator_rate);
  // Read at the end: a device then works through the step without a stop.
  return {value(generator_loss), value(l1), value(fooled), value(real), value(caught)};
}

}  // namespace train
